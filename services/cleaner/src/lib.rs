//! The cleaning stage: raw items in, clean stories out.

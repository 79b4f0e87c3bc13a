//! The enrichment stage: clean stories in, article records out.

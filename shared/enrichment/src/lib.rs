//! What a clean story says of itself: language, dateline, credit, counts, and its ninjs form.

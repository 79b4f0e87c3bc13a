//! Polls feeds and folders and writes raw items; the cursor moves with the items.

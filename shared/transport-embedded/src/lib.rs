//! Topics, partitions, positions and state in one SQLite file, with atomic batches.

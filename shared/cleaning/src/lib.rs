//! HTML or plain text to the blocks of the story, with every removed span and its rule.

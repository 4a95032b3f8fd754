//! From a model name to a file on this disk.

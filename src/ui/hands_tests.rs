//! Pointing, copying, hiding: on whole screens.

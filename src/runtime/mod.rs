//! The only impure part: the terminal, the event loop, the clock.

pub mod terminal;

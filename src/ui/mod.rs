//! The screen: draws the state, changes nothing.
pub mod numbers;
pub mod strip;
pub mod text;
pub mod theme;

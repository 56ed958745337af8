//! The screen: draws the state, changes nothing.

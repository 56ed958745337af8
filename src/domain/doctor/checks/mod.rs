//! Every check, one file each, in the order of what explains most: within a severity findings keep it.

mod error;
mod own_calls;

use super::Check;

/// All of them.
pub const ALL: &[&dyn Check] = &[&error::Error, &own_calls::OwnCalls];

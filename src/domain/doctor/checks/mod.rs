//! Every check, one file each, in the order of what explains most: within a severity findings keep it.

mod own_calls;

use super::Check;

/// All of them.
pub const ALL: &[&dyn Check] = &[&own_calls::OwnCalls];

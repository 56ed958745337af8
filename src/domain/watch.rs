//! Quota watch: applied values as they were, between polls and between runs, and what became of them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ids::QuotaCode;

/// A change of a quota's applied value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// The value before; None where it had none of its own.
    pub from: Option<f64>,
    /// The value since.
    pub to: Option<f64>,
    /// When the change was seen: it happened between this and the check before.
    pub seen_at: Timestamp,
}

/// The newest change of each quota that changed.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Watch {
    /// By code.
    pub changes: BTreeMap<QuotaCode, Change>,
}

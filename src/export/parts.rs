//! What several documents share: numbers and faults.

use serde::Serialize;

use crate::domain::fault::Fault;

/// A number that is written without a fraction where it has none.
#[derive(Debug, Clone, Copy)]
pub(super) struct Number(f64);

/// Whole numbers up to here are exact in a double.
const EXACT: f64 = 9_007_199_254_740_992.0;

impl Serialize for Number {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[expect(clippy::cast_possible_truncation, reason = "whole and at most 2^53")]
        if self.0.fract() == 0.0 && self.0.abs() <= EXACT {
            serializer.serialize_i64(self.0 as i64)
        } else {
            serializer.serialize_f64(self.0)
        }
    }
}

/// A number, or null.
pub(super) fn number(value: Option<f64>) -> Option<Number> {
    value.map(Number)
}

#[derive(Debug, Serialize)]
pub(super) struct FaultOut<'a> {
    source: &'static str,
    kind: &'static str,
    action: Option<&'a str>,
    message: &'a str,
    next_step: &'a str,
}

pub(super) fn fault(fault: &Fault) -> FaultOut<'_> {
    FaultOut {
        source: fault.source.name(),
        kind: fault.kind.name(),
        action: fault.action.as_deref(),
        message: &fault.message,
        next_step: &fault.next_step,
    }
}

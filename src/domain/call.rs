//! One of tiertop's own calls to AWS, as the ledger records it: what was asked, how long it took, what became of it, what it costs at most.
//! Holds nothing of what was sent or answered.

use jiff::Timestamp;

use super::{fault::FaultKind, ids::Region, polling::USD_PER_QUERY};

/// US dollars per call of `ListMetrics` (CloudWatch pricing, 2026-11-22: 0.01 per 1,000; the first million a month is free).
pub const USD_PER_LIST_METRICS: f64 = 0.01 / 1000.0;

/// A call that is over, with all its attempts.
#[derive(Debug, Clone, PartialEq)]
pub struct CallRecord {
    /// The service by its IAM prefix, for example `cloudwatch`.
    pub service: String,
    /// The operation, for example `GetMetricData`.
    pub operation: String,
    /// The Region that was asked.
    pub region: Region,
    /// When its first attempt was sent.
    pub started: Timestamp,
    /// Milliseconds from then to its end, waits between attempts included.
    pub took_ms: u64,
    /// Attempts that were sent: 1 where the first was enough.
    pub attempts: u32,
    /// What went wrong; None where it was answered.
    pub failure: Option<CallFailure>,
    /// HTTP status of the last answer.
    pub status: Option<u16>,
    /// AWS's id of the last attempt: what its support asks for.
    pub request_id: Option<String>,
    /// Queries (metric × statistic) of a first page of `GetMetricData`; 0 of any other call.
    pub queries: u32,
    /// Seconds that AWS's clock was ahead of this machine's, by the answer's `Date`; negative where this machine's is ahead.
    pub clock_ahead_s: Option<i64>,
}

/// Why a call failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallFailure {
    /// How, in the words of faults.
    pub kind: FaultKind,
    /// AWS's error code, untrusted; None where there was no answer, or none with a code.
    pub code: Option<String>,
}

impl CallRecord {
    /// Attempts beyond the first.
    #[must_use]
    pub fn retries(&self) -> u32 {
        self.attempts.saturating_sub(1)
    }

    /// Whether IAM (or an SCP) did not allow it.
    #[must_use]
    pub fn is_denied(&self) -> bool {
        self.failure.as_ref().is_some_and(|failure| failure.kind == FaultKind::Denied)
    }

    /// US dollars at list price, if CloudWatch bills every query and every attempt to list; None where the operation costs nothing.
    #[must_use]
    pub fn usd_at_most(&self) -> Option<f64> {
        match self.operation.as_str() {
            "GetMetricData" => Some(f64::from(self.queries) * USD_PER_QUERY),
            "ListMetrics" => Some(f64::from(self.attempts) * USD_PER_LIST_METRICS),
            _ => None,
        }
    }
}

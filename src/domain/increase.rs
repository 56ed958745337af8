//! Asking for more of a quota: what was asked, and what to ask with. tiertop itself sends no request.

use jiff::Timestamp;

use super::ids::QuotaCode;

/// A request for more, as `ListRequestedServiceQuotaChangeHistory` gives it. The history reaches back 90 days.
#[derive(Debug, Clone, PartialEq)]
pub struct QuotaRequest {
    /// `Id`.
    pub id: String,
    /// `QuotaCode`.
    pub code: QuotaCode,
    /// `DesiredValue`; None where the service gives none.
    pub desired: Option<f64>,
    /// `Status`, an open string: `PENDING`, `CASE_OPENED`, `APPROVED`, `DENIED`, `CASE_CLOSED`, …
    pub status: String,
    /// `CaseId`: the support case; None where there is none yet.
    pub case: Option<String>,
    /// `Created`.
    pub created: Option<Timestamp>,
    /// `LastUpdated`.
    pub updated: Option<Timestamp>,
}

impl QuotaRequest {
    /// Whether it waits for an answer: another one for the same quota would be refused.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self.status.as_str(), "PENDING" | "CASE_OPENED")
    }
}

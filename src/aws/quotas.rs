//! Service Quotas: applied values, defaults, requests for more, and the merge of the two lists by code.
//!
//! `ListServiceQuotas` leaves out what has no applied value, so both lists are needed (facts 3.6). An `ErrorReason` takes the value away: a 0 beside it is not a quota of 0.

use std::{cmp::Reverse, time::Duration};

use aws_sdk_servicequotas::types::{ErrorCode, ErrorReason, RequestedServiceQuotaChange, ServiceQuota};
use jiff::Timestamp;
use tokio::time::{Interval, MissedTickBehavior};

use super::{
    gateway::{Call, Gateway},
    paging::Pages,
};
use crate::domain::{
    fault::{Fault, Source},
    ids::QuotaCode,
    increase::QuotaRequest,
    quota::{ListedQuota, Quota, error_reason, value},
};

const LIST_APPLIED: Call = Call { source: Source::ServiceQuotas, action: "servicequotas:ListServiceQuotas" };
const LIST_DEFAULTS: Call = Call { source: Source::ServiceQuotas, action: "servicequotas:ListAWSDefaultServiceQuotas" };
const LIST_REQUESTS: Call =
    Call { source: Source::ServiceQuotas, action: "servicequotas:ListRequestedServiceQuotaChangeHistory" };

/// Bedrock's code in Service Quotas.
const SERVICE_CODE: &str = "bedrock";

/// Quotas on a page: the most that the List operations give (API reference, `MaxResults`).
const QUOTAS_PER_PAGE: i32 = 100;

/// Least time between two pages: Service Quotas allows each List operation 10 calls a second (its endpoints and quotas page), and we are not alone in the account.
/// The history of requests allows 5, so its pages take twice as long.
pub(super) const PAGE_INTERVAL: Duration = Duration::from_millis(125);

/// Pages that go without waiting: half of what one second allows.
const PAGES_AT_ONCE: u32 = 5;

impl Gateway {
    /// The quotas that have a value of their own in this account: `applied` is filled, `default` is not.
    ///
    /// # Errors
    /// A fault of the quota source; a list without an end is one.
    pub async fn applied_quotas(&self) -> Result<Vec<Quota>, Fault> {
        let request =
            self.clients().quotas.list_service_quotas().service_code(SERVICE_CODE).max_results(QUOTAS_PER_PAGE);
        let (mut pages, mut token, mut quotas) = (Pages::default(), None, Vec::new());
        let mut turns = self.turns(1);
        loop {
            turns.next().await;
            let page = request.clone().set_next_token(token).send().await.map_err(|e| self.fault(LIST_APPLIED, &e))?;
            quotas.extend(page.quotas().iter().filter_map(listed).map(ListedQuota::applied));
            token = pages.next(page.next_token()).map_err(|endless| self.endless(LIST_APPLIED, endless))?;
            if token.is_none() {
                return Ok(quotas);
            }
        }
    }

    /// AWS's own values: `default` is filled, `applied` is not.
    ///
    /// # Errors
    /// A fault of the quota source; a list without an end is one.
    pub async fn default_quotas(&self) -> Result<Vec<Quota>, Fault> {
        let request = self
            .clients()
            .quotas
            .list_aws_default_service_quotas()
            .service_code(SERVICE_CODE)
            .max_results(QUOTAS_PER_PAGE);
        let (mut pages, mut token, mut quotas) = (Pages::default(), None, Vec::new());
        let mut turns = self.turns(1);
        loop {
            turns.next().await;
            let page = request.clone().set_next_token(token).send().await.map_err(|e| self.fault(LIST_DEFAULTS, &e))?;
            quotas.extend(page.quotas().iter().filter_map(listed).map(ListedQuota::default));
            token = pages.next(page.next_token()).map_err(|endless| self.endless(LIST_DEFAULTS, endless))?;
            if token.is_none() {
                return Ok(quotas);
            }
        }
    }

    /// The requests for more of the last 90 days, newest first.
    ///
    /// # Errors
    /// A fault of the quota source; a list without an end is one.
    pub async fn quota_requests(&self) -> Result<Vec<QuotaRequest>, Fault> {
        let request = self
            .clients()
            .quotas
            .list_requested_service_quota_change_history()
            .service_code(SERVICE_CODE)
            .max_results(QUOTAS_PER_PAGE);
        let (mut pages, mut token, mut requests) = (Pages::default(), None, Vec::new());
        let mut turns = self.turns(2);
        loop {
            turns.next().await;
            let page = request.clone().set_next_token(token).send().await.map_err(|e| self.fault(LIST_REQUESTS, &e))?;
            requests.extend(page.requested_quotas().iter().filter_map(requested));
            token = pages.next(page.next_token()).map_err(|endless| self.endless(LIST_REQUESTS, endless))?;
            if token.is_none() {
                requests.sort_by_key(|request| Reverse(request.created));
                return Ok(requests);
            }
        }
    }

    fn turns(&self, times: u32) -> Turns {
        Turns::new(self.quota_page_interval() * times)
    }
}

/// Keeps pages apart: the first few go at once, a slow one makes the next wait no longer.
struct Turns {
    at_once: u32,
    interval: Option<Interval>,
}

impl Turns {
    fn new(interval: Duration) -> Self {
        let interval = (!interval.is_zero()).then(|| {
            let mut interval = tokio::time::interval(interval);
            interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
            interval
        });
        Self { at_once: PAGES_AT_ONCE, interval }
    }

    async fn next(&mut self) {
        match &mut self.interval {
            Some(interval) if self.at_once == 0 => {
                interval.tick().await;
            }
            _ => self.at_once = self.at_once.saturating_sub(1),
        }
    }
}

/// What the service says of a quota; None without a code.
fn listed(quota: &ServiceQuota) -> Option<ListedQuota> {
    Some(ListedQuota {
        code: QuotaCode::from(quota.quota_code()?),
        name: quota.quota_name().unwrap_or_default().to_owned(),
        adjustable: quota.adjustable(),
        value: value(quota.value()),
        error: quota.error_reason().map(reason),
    })
}

/// A request for more; None without a code.
fn requested(listed: &RequestedServiceQuotaChange) -> Option<QuotaRequest> {
    let time = |time: Option<&aws_smithy_types::DateTime>| {
        time.and_then(|time| Timestamp::new(time.secs(), i32::try_from(time.subsec_nanos()).ok()?).ok())
    };
    Some(QuotaRequest {
        id: listed.id().unwrap_or_default().to_owned(),
        code: QuotaCode::from(listed.quota_code()?),
        desired: listed.desired_value().filter(|value| value.is_finite()),
        status: listed.status().map(|status| status.as_str().to_owned()).unwrap_or_default(),
        case: listed.case_id().map(str::to_owned),
        created: time(listed.created()),
        updated: time(listed.last_updated()),
    })
}

fn reason(reason: &ErrorReason) -> String {
    error_reason(reason.error_code().map(ErrorCode::as_str), reason.error_message())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        aws::testing::{Reply, gateway},
        domain::fault::FaultKind,
    };

    #[tokio::test]
    async fn an_error_reason_takes_the_value_away() {
        let body = r#"{"Quotas":[
            {"QuotaCode":"L-1","QuotaName":"One","Value":0.0,"Adjustable":true,"ErrorReason":{"ErrorCode":"DEPENDENCY_ACCESS_DENIED_ERROR","ErrorMessage":"no"}},
            {"QuotaCode":"L-2","QuotaName":"Two","Value":5.0},{"QuotaName":"no code"}]}"#;
        let (gateway, canned) = gateway([Reply::json(200, body)]).await;
        let quotas = gateway.applied_quotas().await.unwrap();
        assert_eq!(quotas.len(), 2);
        assert_eq!(quotas[0].applied, None);
        assert_eq!(quotas[0].error.as_deref(), Some("DEPENDENCY_ACCESS_DENIED_ERROR: no"));
        assert_eq!((quotas[1].applied, quotas[1].default), (Some(5.0), None));
        assert!(canned.asked()[0].holds("bedrock") && canned.asked()[0].holds("100"));
    }

    #[tokio::test]
    async fn defaults_come_over_pages_and_requests_newest_first() {
        let (gateway, _) = gateway([
            Reply::json(200, r#"{"Quotas":[{"QuotaCode":"L-1","Value":1.0}],"NextToken":"p"}"#),
            Reply::json(200, r#"{"Quotas":[{"QuotaCode":"L-2","Value":2.0}]}"#),
            Reply::json(
                200,
                r#"{"RequestedQuotas":[
                {"Id":"r1","QuotaCode":"L-1","Status":"CASE_OPENED","DesiredValue":5e6,"CaseId":"17","Created":1795435200.5},
                {"QuotaCode":"L-2","Status":"DENIED","Created":1795435201},
                {"QuotaCode":"L-3","Status":"PENDING"},{"QuotaCode":"L-4","Status":"NEW_WORD"},{"Status":"PENDING"}]}"#,
            ),
        ])
        .await;
        let defaults = gateway.default_quotas().await.unwrap();
        assert_eq!(defaults.iter().map(|quota| quota.default).collect::<Vec<_>>(), [Some(1.0), Some(2.0)]);
        let requests = gateway.quota_requests().await.unwrap();
        let codes: Vec<(&str, bool)> =
            requests.iter().map(|request| (request.code.as_str(), request.is_open())).collect();
        assert_eq!(codes, [("L-2", false), ("L-1", true), ("L-3", true), ("L-4", false)]);
        let asked = &requests[1];
        assert_eq!((asked.id.as_str(), asked.desired, asked.case.as_deref()), ("r1", Some(5e6), Some("17")));
        assert_eq!(asked.created, Timestamp::from_millisecond(1_795_435_200_500).ok());
    }

    #[tokio::test]
    async fn a_list_without_an_end_and_a_denied_dependency_are_faults() {
        let page = || Reply::json(200, r#"{"Quotas":[],"NextToken":"p"}"#);
        let (gateway, canned) = gateway([page(), page(), page()]).await;
        let fault = gateway.applied_quotas().await.unwrap_err();
        assert_eq!((fault.kind, canned.asked().len()), (FaultKind::Unexpected, 2));
        let denied = r#"{"__type":"DependencyAccessDeniedException","Message":"You are not allowed"}"#;
        let (gateway, _) = crate::aws::testing::gateway([Reply::json(400, denied)]).await;
        let fault = gateway.default_quotas().await.unwrap_err();
        assert_eq!(fault.headline(), "service-quotas denied: needs servicequotas:ListAWSDefaultServiceQuotas");
    }
}

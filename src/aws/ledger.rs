//! Counts every attempt that left for AWS, per operation: what the program asks of the account, and what that may cost. Records every call that is over.
//!
//! Counted below the retries, so a call that was tried three times counts three times, as AWS counts it. Calls that the credential chain makes
//! (STS `AssumeRole`, SSO, instance metadata) go through clients of the SDK's own and are not in it. Nothing of what is sent or answered is kept.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::{
            Intercept,
            context::{
                BeforeSerializationInterceptorContextRef, BeforeTransmitInterceptorContextRef, Error,
                FinalizerInterceptorContextRef,
            },
        },
        orchestrator::{HttpResponse, Metadata},
        retries::RequestAttempts,
        runtime_components::RuntimeComponents,
    },
};
use aws_smithy_types::{
    DateTime,
    config_bag::{ConfigBag, Storable, StoreReplace},
    date_time::Format,
    error::metadata::ProvideErrorMetadata,
};
use jiff::Timestamp;

use super::fault;
use crate::domain::{
    call::{CallFailure, CallRecord},
    ids::Region,
};

/// Records that wait to be taken at most: more than the calls of one ask, all lists of a large account among them. The oldest go first.
const RECORDS_AT_MOST: usize = 500;

/// The attempts of one operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallCount {
    /// The service by its IAM prefix, for example `cloudwatch`.
    pub service: String,
    /// The operation, for example `GetMetricData`.
    pub operation: String,
    /// Attempts sent, retries among them.
    pub count: u64,
    /// Attempts that got an error or no answer.
    pub failed: u64,
    /// Attempts that were not the first of their call.
    pub retries: u64,
    /// Time spent waiting for answers, all attempts together.
    pub total: Duration,
}

#[derive(Debug, Default)]
struct Tally {
    count: u64,
    failed: u64,
    retries: u64,
    total: Duration,
}

#[derive(Debug, Default)]
struct Book {
    calls: Mutex<BTreeMap<(&'static str, String), Tally>>,
    hosts: Mutex<BTreeMap<&'static str, String>>,
    answered: Mutex<BTreeSet<&'static str>>,
    over: Mutex<VecDeque<CallRecord>>,
    metric_queries: AtomicU64,
    /// Seconds that AWS's clock is ahead of ours, by the newest `Date` header.
    clock_ahead: AtomicI64,
}

/// The shared book. Clones write to the same one.
#[derive(Debug, Clone, Default)]
pub(super) struct Ledger(Arc<Book>);

impl Ledger {
    /// What a service's client reports its attempts to.
    pub(super) fn clerk(&self, service: &'static str, region: &Region) -> Clerk {
        Clerk { service, region: region.clone(), ledger: self.clone() }
    }

    /// The calls that have ended since they were last taken, in the order of their ends.
    pub(super) fn take_over(&self) -> Vec<CallRecord> {
        lock(&self.0.over).drain(..).collect()
    }

    fn record(&self, call: CallRecord) {
        let mut over = lock(&self.0.over);
        if over.len() == RECORDS_AT_MOST {
            over.pop_front();
        }
        over.push_back(call);
    }

    /// Notes that a number of metrics was asked for: what CloudWatch bills.
    pub(super) fn asked_metrics(&self, queries: usize) {
        self.0.metric_queries.fetch_add(u64::try_from(queries).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// How many metrics were asked for.
    pub(super) fn metric_queries(&self) -> u64 {
        self.0.metric_queries.load(Ordering::Relaxed)
    }

    /// Seconds that AWS's clock is ahead of this machine's, by the newest `Date` header; negative where this machine's is ahead, 0 before the first answer.
    pub(super) fn clock_ahead(&self) -> i64 {
        self.0.clock_ahead.load(Ordering::Relaxed)
    }

    /// The host that a service was last called at; None before its first call.
    pub(super) fn host(&self, service: &str) -> Option<String> {
        lock(&self.0.hosts).get(service).cloned()
    }

    /// Whether other services have answered and this one never has: then the network is fine and the service may not be there.
    pub(super) fn only_others_answered(&self, service: &str) -> bool {
        let answered = lock(&self.0.answered);
        !answered.is_empty() && !answered.contains(service)
    }

    /// All operations that were called, by service and name.
    pub(super) fn calls(&self) -> Vec<CallCount> {
        let count = |((service, operation), tally): (&(&str, String), &Tally)| CallCount {
            service: (*service).to_owned(),
            operation: operation.clone(),
            count: tally.count,
            failed: tally.failed,
            retries: tally.retries,
            total: tally.total,
        };
        lock(&self.0.calls).iter().map(count).collect()
    }
}

/// A lock that a panic elsewhere cannot take away: the book holds sums only, so it is whole at any time.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// When the attempt under way was sent.
#[derive(Debug, Clone, Copy)]
struct Sent(SystemTime);

impl Storable for Sent {
    type Storer = StoreReplace<Self>;
}

/// How many metrics the call under way asks for.
#[derive(Debug, Clone, Copy)]
struct Queries(u32);

impl Storable for Queries {
    type Storer = StoreReplace<Self>;
}

/// The call under way, from its first attempt on.
#[derive(Debug, Clone)]
struct Begun {
    at: SystemTime,
    attempts: u32,
    clock_ahead_s: Option<i64>,
}

impl Storable for Begun {
    type Storer = StoreReplace<Self>;
}

/// One service's interceptor.
#[derive(Debug)]
pub(super) struct Clerk {
    service: &'static str,
    region: Region,
    ledger: Ledger,
}

impl Clerk {
    fn write(&self, operation: &str, change: impl FnOnce(&mut Tally)) {
        change(lock(&self.ledger.0.calls).entry((self.service, operation.to_owned())).or_default());
    }
}

fn operation(cfg: &ConfigBag) -> String {
    cfg.load::<Metadata>().map_or("", Metadata::name).to_owned()
}

#[aws_smithy_runtime_api::client::interceptors::dyn_dispatch_hint]
impl Intercept for Clerk {
    fn name(&self) -> &'static str {
        "tiertop ledger"
    }

    fn read_before_execution(
        &self,
        context: &BeforeSerializationInterceptorContextRef<'_>,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        use aws_sdk_cloudwatch::operation::get_metric_data::GetMetricDataInput;
        // A further page asks for nothing new.
        if let Some(input) = context.input().downcast_ref::<GetMetricDataInput>().filter(|i| i.next_token().is_none()) {
            let queries = u32::try_from(input.metric_data_queries().len()).unwrap_or(u32::MAX);
            cfg.interceptor_state().store_put(Queries(queries));
        }
        Ok(())
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        runtime: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let retried = cfg.load::<RequestAttempts>().is_some_and(|attempts| attempts.attempts() > 1);
        self.write(&operation(cfg), |tally| {
            tally.count += 1;
            tally.retries += u64::from(retried);
        });
        if let Some(host) = host_of(context.request().uri()) {
            lock(&self.ledger.0.hosts).insert(self.service, host);
        }
        if let Some(time) = runtime.time_source() {
            let now = time.now();
            cfg.interceptor_state().store_put(Sent(now));
            let begun = cfg.load::<Begun>().cloned().unwrap_or(Begun { at: now, attempts: 0, clock_ahead_s: None });
            cfg.interceptor_state().store_put(Begun { attempts: begun.attempts + 1, ..begun });
        }
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        runtime: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        // An attempt that never left (no credentials, no endpoint) has no `Sent` and is nobody's call.
        let (Some(sent), Some(time)) = (cfg.load::<Sent>().copied(), runtime.time_source()) else { return Ok(()) };
        cfg.interceptor_state().unset::<Sent>();
        if let Some(response) = context.response() {
            lock(&self.ledger.0.answered).insert(self.service);
            let date = response.headers().get("date").and_then(|date| DateTime::from_str(date, Format::HttpDate).ok());
            if let Some(date) = date {
                let ahead = date.secs().saturating_sub(DateTime::from(time.now()).secs());
                self.ledger.0.clock_ahead.store(ahead, Ordering::Relaxed);
                if let Some(begun) = cfg.load::<Begun>().cloned() {
                    cfg.interceptor_state().store_put(Begun { clock_ahead_s: Some(ahead), ..begun });
                }
            }
        }
        let failed = !matches!(context.output_or_error(), Some(Ok(_))) || context.response().is_some_and(is_error);
        let took = time.now().duration_since(sent.0).unwrap_or_default();
        let operation = operation(cfg);
        tracing::debug!(service = self.service, operation, took_ms = took.as_millis(), failed, "aws call");
        self.write(&operation, |tally| {
            tally.failed += u64::from(failed);
            tally.total += took;
        });
        Ok(())
    }

    fn read_after_execution(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        runtime: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        // What never left is nobody's call.
        let (Some(begun), Some(time)) = (cfg.load::<Begun>().cloned(), runtime.time_source()) else { return Ok(()) };
        let response = context.response();
        let status = response.map(|response| response.status().as_u16());
        let failure = match context.output_or_error() {
            // A chat completion's refusal is read later, and is an answer here.
            Some(Ok(_)) if response.is_some_and(is_error) => Some(failure(None, status)),
            Some(Ok(_)) => None,
            Some(Err(error)) => Some(failure(error.as_operation_error().and_then(code_of), status)),
            None => Some(failure(None, status)),
        };
        let took = time.now().duration_since(begun.at).unwrap_or_default();
        self.ledger.record(CallRecord {
            service: self.service.to_owned(),
            operation: operation(cfg),
            region: self.region.clone(),
            started: Timestamp::try_from(begun.at).unwrap_or_default(),
            took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            attempts: begun.attempts,
            failure,
            status,
            request_id: response.and_then(request_id),
            queries: cfg.load::<Queries>().map_or(0, |queries| queries.0),
            clock_ahead_s: begun.clock_ahead_s,
        });
        Ok(())
    }
}

fn failure(code: Option<String>, status: Option<u16>) -> CallFailure {
    CallFailure { kind: fault::kind_of(code.as_deref(), status), code }
}

fn is_error(response: &HttpResponse) -> bool {
    !response.status().is_success()
}

fn request_id(response: &HttpResponse) -> Option<String> {
    let header = |name| response.headers().get(name).map(str::to_owned);
    header("x-amzn-requestid").or_else(|| header("x-amz-request-id"))
}

/// The error code that AWS gave. An error's type is its operation's, so each operation that is called stands here.
fn code_of(error: &Error) -> Option<String> {
    macro_rules! codes {
        ($($error:ty),* $(,)?) => {
            [$(error.downcast_ref::<$error>().and_then(ProvideErrorMetadata::code)),*]
        };
    }
    let codes = codes![
        aws_sdk_sts::operation::get_caller_identity::GetCallerIdentityError,
        aws_sdk_bedrock::operation::list_foundation_models::ListFoundationModelsError,
        aws_sdk_bedrock::operation::list_inference_profiles::ListInferenceProfilesError,
        aws_sdk_bedrock::operation::list_tags_for_resource::ListTagsForResourceError,
        aws_sdk_bedrockruntime::operation::converse::ConverseError,
        aws_sdk_bedrockruntime::operation::converse_stream::ConverseStreamError,
        aws_sdk_cloudwatch::operation::list_metrics::ListMetricsError,
        aws_sdk_cloudwatch::operation::get_metric_data::GetMetricDataError,
        aws_sdk_servicequotas::operation::list_service_quotas::ListServiceQuotasError,
        aws_sdk_servicequotas::operation::list_aws_default_service_quotas::ListAWSDefaultServiceQuotasError,
        aws_sdk_servicequotas::operation::list_requested_service_quota_change_history::ListRequestedServiceQuotaChangeHistoryError,
    ];
    codes.into_iter().flatten().next().map(str::to_owned)
}

/// Host and port of a URL.
pub(super) fn host_of(uri: &str) -> Option<String> {
    uri.parse::<http::Uri>().ok()?.authority().map(|authority| authority.host().to_owned() + &port_of(authority))
}

fn port_of(authority: &http::uri::Authority) -> String {
    authority.port_u16().map(|port| format!(":{port}")).unwrap_or_default()
}

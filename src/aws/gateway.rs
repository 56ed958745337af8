//! The clients of one profile and Region, and what they share. Each service's calls are in its own file.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use aws_config::SdkConfig;
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use jiff::{SignedDuration, Timestamp};

use super::{
    dimensions::Dimension,
    fault::{self, Context},
    ledger::{CallCount, Ledger},
    paging::Endless,
    profile::SignIn,
    runtime::Secret,
};
use crate::domain::{
    call::CallRecord,
    fault::{Fault, Source},
    ids::Region,
    metric::{Namespace, Part},
    snapshot::Provenance,
};

/// One of our calls: which source it feeds and the IAM action that it needs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Call {
    pub(super) source: Source,
    pub(super) action: &'static str,
}

impl Call {
    /// The IAM prefix, which is also the service's name in the ledger.
    fn service(self) -> &'static str {
        self.action.split_once(':').map_or(self.action, |(service, _)| service)
    }
}

/// What the calls of one profile and Region are made with.
pub(super) struct Clients {
    pub(super) sts: aws_sdk_sts::Client,
    pub(super) bedrock: aws_sdk_bedrock::Client,
    pub(super) cloudwatch: aws_sdk_cloudwatch::Client,
    pub(super) quotas: aws_sdk_servicequotas::Client,
}

/// What is known of a connection beside its clients.
#[derive(Clone)]
pub(super) struct About {
    pub(super) region: Region,
    /// The profile in use, None where neither an option nor `AWS_PROFILE` names one.
    pub(super) profile: Option<String>,
    pub(super) sign_in: SignIn,
    pub(super) provenance: Provenance,
    /// The endpoint that `--endpoint-url` or a configured endpoint sends CloudWatch's calls to.
    pub(super) endpoint_url: Option<String>,
    /// The variable and address of a proxy in the environment, without its credentials.
    pub(super) proxy: Option<String>,
    /// A Bedrock API key from the environment: it signs test calls in place of the credentials.
    pub(super) bearer: Option<Secret>,
    /// Least time between two pages of Service Quotas.
    pub(super) quota_page_interval: Duration,
}

struct Inner {
    clients: Clients,
    about: About,
    ledger: Ledger,
    /// What the clients were made from, for clients of another Region.
    config: SdkConfig,
    /// Dimension sets whose spelling the domain does not keep (`ServiceTier` = `standard` reads as `default`), as `list_metrics` saw them.
    spellings: Mutex<HashMap<(Namespace, Part), Vec<Dimension>>>,
}

/// Everything that tiertop asks of AWS. Cheap to clone; clones share clients, connections and the ledger.
#[derive(Clone)]
pub struct Gateway {
    inner: Arc<Inner>,
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let About { region, profile, provenance, .. } = &self.inner.about;
        let mut debug = f.debug_struct("Gateway");
        debug.field("region", region).field("profile", profile).field("provenance", provenance).finish_non_exhaustive()
    }
}

impl Gateway {
    pub(super) fn new(clients: Clients, about: About, ledger: Ledger, config: SdkConfig) -> Self {
        Self { inner: Arc::new(Inner { clients, about, ledger, config, spellings: Mutex::default() }) }
    }

    pub(super) fn about(&self) -> &About {
        &self.inner.about
    }

    pub(super) fn config(&self) -> &SdkConfig {
        &self.inner.config
    }

    /// The Region that is asked.
    #[must_use]
    pub fn region(&self) -> &Region {
        &self.inner.about.region
    }

    /// The profile in use; `default` where none is named.
    #[must_use]
    pub fn profile(&self) -> &str {
        self.inner.about.profile.as_deref().unwrap_or(super::profile::DEFAULT)
    }

    /// What the answers come from.
    #[must_use]
    pub fn provenance(&self) -> Provenance {
        self.inner.about.provenance
    }

    /// The first endpoint override in effect; None where all calls go to AWS itself.
    #[must_use]
    pub fn endpoint_url(&self) -> Option<&str> {
        self.inner.about.endpoint_url.as_deref()
    }

    /// Every attempt so far, by service and operation. Calls of the credential chain itself are not in it.
    #[must_use]
    pub fn calls(&self) -> Vec<CallCount> {
        self.inner.ledger.calls()
    }

    /// The calls that have ended since this was last asked, oldest first. Each is given once.
    #[must_use]
    pub fn take_calls(&self) -> Vec<CallRecord> {
        self.inner.ledger.take_over()
    }

    /// How many metrics `GetMetricData` was asked for, what CloudWatch bills: each query of each call once, however many pages or retries it took.
    #[must_use]
    pub fn metric_queries(&self) -> u64 {
        self.inner.ledger.metric_queries()
    }

    pub(super) fn clients(&self) -> &Clients {
        &self.inner.clients
    }

    pub(super) fn ledger(&self) -> &Ledger {
        &self.inner.ledger
    }

    /// This time by AWS's clock, where that is behind this machine's: minutes that AWS has not reached must not pass for old ones. By `Date` headers, to the second.
    #[must_use]
    pub fn not_ahead_of_aws(&self, now: Timestamp) -> Timestamp {
        let ahead = SignedDuration::from_secs(self.ledger().clock_ahead().min(0));
        now.checked_add(ahead).unwrap_or(now)
    }

    pub(super) fn quota_page_interval(&self) -> Duration {
        self.inner.about.quota_page_interval
    }

    /// Keeps how a set of dimensions is spelled.
    pub(super) fn remember_spelling(&self, namespace: Namespace, part: &Part, dimensions: Vec<Dimension>) {
        let mut spellings = self.inner.spellings.lock().unwrap_or_else(PoisonError::into_inner);
        spellings.insert((namespace, part.clone()), dimensions);
    }

    /// How a set of dimensions is spelled, where that is not the usual way.
    pub(super) fn spelling(&self, namespace: Namespace, part: &Part) -> Option<Vec<Dimension>> {
        let spellings = self.inner.spellings.lock().unwrap_or_else(PoisonError::into_inner);
        spellings.get(&(namespace, part.clone())).cloned()
    }

    /// The fault that an error of this call is.
    pub(super) fn fault<E>(&self, call: Call, error: &SdkError<E, HttpResponse>) -> Fault
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        fault::fault(call.source, call.action, &self.context(call), error)
    }

    /// The fault that a list without an end is.
    pub(super) fn endless(&self, call: Call, endless: Endless) -> Fault {
        fault::endless(call.source, call.action, &self.context(call), endless)
    }

    pub(super) fn context(&self, call: Call) -> Context {
        let about = &self.inner.about;
        Context {
            profile: about.profile.clone(),
            region: about.region.clone(),
            sign_in: about.sign_in,
            host: self.inner.ledger.host(call.service()),
            only_others_answered: self.inner.ledger.only_others_answered(call.service()),
            proxy: about.proxy.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        aws::testing::gateway,
        domain::minute::{Minute, Span},
    };

    #[tokio::test]
    async fn its_calls_can_run_on_any_thread() {
        fn send(_: impl Send) {}
        let (gateway, _) = gateway([]).await;
        send(gateway.caller_identity());
        send(gateway.list_profiles());
        send(gateway.list_metrics(Namespace::Mantle, true));
        send(gateway.metric_data(&[], Span { first: Minute(0), last: Minute(0) }));
        send(gateway.applied_quotas());
        send(gateway.quota_requests());
    }
}

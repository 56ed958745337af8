//! What a row is: id, ARN, model, lifecycle, where its calls are served, tags.

use crate::{
    domain::{
        catalog::{Endpoint, EndpointKind, Profile, Scope},
        ids::Arn,
    },
    ui::{names, numbers::UNKNOWN, text::clean, theme::Tone},
};

use super::{Page, section::Section};

impl Page<'_> {
    pub(super) fn identity(&self) -> Section {
        let mut section = Section::new("What it is");
        let Some(endpoint) = self.described() else { return section };
        let mut fact = |label: &str, value: &str| {
            let tone = if value == UNKNOWN { Tone::Dim } else { Tone::Plain };
            section.fact(label, value, tone, self.room);
        };
        let or_unknown = |text: String| if text.is_empty() { UNKNOWN.to_owned() } else { text };
        if self.subject.endpoint.is_some() {
            fact("id", &names::id(self.state, &endpoint.id));
            fact("ARN", &endpoint.arn.as_ref().map_or_else(|| UNKNOWN.to_owned(), |arn| clean(arn.as_str())));
            fact("kind", kind(endpoint.kind));
        } else {
            fact("kind", "pool: endpoints that draw on one quota");
        }
        fact("model", &or_unknown(clean(&endpoint.model_name)));
        fact(
            "model id",
            &endpoint
                .model
                .as_ref()
                .map_or_else(|| UNKNOWN.to_owned(), |model| clean(&self.state.redacted(model.as_str()))),
        );
        fact("provider", &or_unknown(clean(&endpoint.provider)));
        fact("lifecycle", &self.lifecycle(endpoint));
        fact("served", &scope(endpoint));
        if endpoint.kind == EndpointKind::ApplicationProfile {
            let source = endpoint.source.as_ref().map(|source| clean(&self.state.redacted(source.as_str())));
            fact(
                "copied from",
                &source
                    .unwrap_or_else(|| format!("{UNKNOWN} its models are those of no listed profile, or of several")),
            );
        }
        if let Some(regions) = self.regions(endpoint) {
            fact("Regions", &regions);
        }
        fact("pool", &clean(&self.state.redacted(endpoint.pool.as_str())));
        section
    }

    /// The row's endpoint; of a pool of several the one that owns the quota, or the first.
    fn described(&self) -> Option<&Endpoint> {
        let owner = |pool: &str| self.subject.members.iter().find(|row| row.endpoint.id.as_str() == pool);
        let owner = self.subject.pool.and_then(|pool| owner(pool.id.as_str()));
        let row = self.subject.endpoint.or(owner.copied()).or(self.subject.members.first().copied());
        row.map(|row| &row.endpoint)
    }

    /// `ACTIVE`, `LEGACY`, as `ListFoundationModels` says of the model.
    fn lifecycle(&self, endpoint: &Endpoint) -> String {
        let model = self.state.account.catalog.models().iter().find(|model| Some(&model.id) == endpoint.model.as_ref());
        let status = model.and_then(|model| model.lifecycle.as_deref()).map(clean);
        status.filter(|status| !status.is_empty()).unwrap_or_else(|| UNKNOWN.to_owned())
    }

    /// Where a profile may send calls, by the ARNs of its models; None for what is no profile.
    fn regions(&self, endpoint: &Endpoint) -> Option<String> {
        let is_profile = matches!(endpoint.kind, EndpointKind::SystemProfile | EndpointKind::ApplicationProfile);
        let is_it = |profile: &&Profile| Some(&profile.arn) == endpoint.arn.as_ref() || profile.id == endpoint.id;
        let profile = self.state.account.profiles().iter().find(is_it).filter(|_| is_profile);
        let Some(profile) = profile else { return is_profile.then(|| UNKNOWN.to_owned()) };
        let mut regions: Vec<String> = profile.models.iter().map(region).collect();
        regions.sort_unstable();
        regions.dedup();
        Some(regions.join(" "))
    }

    /// An application profile's tags.
    pub(super) fn tags(&self) -> Option<Section> {
        let row = self.subject.endpoint?;
        let mut section = Section::new("Tags");
        match &row.tags {
            None => section.text(&format!("{UNKNOWN} not read"), Tone::Dim, self.room),
            Some(tags) if tags.is_empty() => return None,
            Some(tags) => {
                for (key, value) in tags {
                    section.text(&format!("{}={}", clean(key), clean(value)), Tone::Plain, self.room);
                }
            }
        }
        Some(section)
    }
}

/// The Region in an ARN; a global profile's list has an ARN without one, which stands for any.
fn region(arn: &Arn) -> String {
    match arn.as_str().split(':').nth(3) {
        Some("") => "(any)".to_owned(),
        Some(region) => clean(region),
        None => UNKNOWN.to_owned(),
    }
}

fn kind(kind: EndpointKind) -> &'static str {
    match kind {
        EndpointKind::Model => "model, called by its own id",
        EndpointKind::SystemProfile => "system-defined inference profile",
        EndpointKind::ApplicationProfile => "application inference profile",
        EndpointKind::Mantle => "model on bedrock-mantle",
        EndpointKind::Unlisted => "known to CloudWatch only: no list of the account has it",
    }
}

fn scope(endpoint: &Endpoint) -> String {
    match &endpoint.scope {
        Some(Scope::InRegion) => "in this Region".to_owned(),
        Some(Scope::Geo(prefix)) => format!("in the geography {}", clean(prefix)),
        Some(Scope::Global) => "anywhere (global)".to_owned(),
        None => UNKNOWN.to_owned(),
    }
}

//! An account of files: what the AWS CLI printed, taken as a poll would be. No credentials, no calls, no AWS configuration. Of `tiertop quotas` and `tiertop doctor`.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use clap::Args;

use super::dump::{self, APPLIED, DEFAULTS, Dump, Kind, METRICS, MODELS, PROFILES, Source as File};
use crate::{
    app::{
        event::Fetched,
        state::{Feed, Session, State},
    },
    domain::{
        catalog::{Model, Profile},
        fault::Source,
        ids::{AccountId, Region},
        metric::{Listed, Namespace},
        quota::Quota,
        snapshot::Provenance,
    },
    runtime::{Problem, Settings, clock},
};

/// What the AWS CLI printed, instead of an account: no credentials, no calls. `-` is standard input.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Instead of an account, files (- is standard input)")]
pub(super) struct Files {
    /// Output of `aws service-quotas list-service-quotas --service-code bedrock`
    #[arg(long, value_name = "FILE")]
    pub(super) quotas: Option<PathBuf>,
    /// Output of `aws service-quotas list-aws-default-service-quotas --service-code bedrock`
    #[arg(long, value_name = "FILE")]
    pub(super) defaults: Option<PathBuf>,
    /// Output of `aws bedrock list-foundation-models`
    #[arg(long, value_name = "FILE")]
    pub(super) models: Option<PathBuf>,
    /// Output of `aws bedrock list-inference-profiles`
    #[arg(long, value_name = "FILE")]
    pub(super) profiles: Option<PathBuf>,
}

impl Files {
    /// The files that are given, by flag.
    pub(super) fn given(&self) -> Vec<(&'static str, &Path)> {
        let all = [
            (APPLIED.flag, &self.quotas),
            (DEFAULTS.flag, &self.defaults),
            (MODELS.flag, &self.models),
            (PROFILES.flag, &self.profiles),
        ];
        all.into_iter().filter_map(|(flag, file)| Some((flag, file.as_deref()?))).collect()
    }
}

/// What the files hold; None where there is no such file.
#[derive(Debug, Default)]
pub(super) struct Lists {
    pub(super) applied: Option<Vec<Quota>>,
    pub(super) defaults: Option<Vec<Quota>>,
    pub(super) models: Option<Vec<Model>>,
    pub(super) profiles: Option<Vec<Profile>>,
    pub(super) metrics: Option<Vec<(Namespace, Listed)>>,
}

/// What was read, before it is made an account.
pub(super) struct Read {
    /// What the files hold.
    pub(super) lists: Lists,
    /// The Region that they or the user name; None where nobody does.
    pub(super) region: Option<Region>,
    /// The account that they name.
    pub(super) account: Option<AccountId>,
    /// What the reader should know beside it.
    pub(super) notes: Vec<String>,
}

/// Reads the files, and holds what they say of their Region against each other and against `--region`.
///
/// # Errors
/// A file cannot be read or is none of its kind, or they are of two Regions: one sentence.
pub(super) fn read(files: &Files, metrics: &[PathBuf], region: Option<&str>) -> Result<Read, Problem> {
    let mut origin = Origin::new(region)?;
    let mut series: Option<Vec<(Namespace, Listed)>> = None;
    for file in metrics {
        series.get_or_insert_default().extend(origin.read(&METRICS, file, dump::metrics)?);
    }
    let lists = Lists {
        applied: files.quotas.as_deref().map(|file| origin.read(&APPLIED, file, dump::applied)).transpose()?,
        defaults: files.defaults.as_deref().map(|file| origin.read(&DEFAULTS, file, dump::defaults)).transpose()?,
        models: files.models.as_deref().map(|file| origin.read(&MODELS, file, dump::models)).transpose()?,
        profiles: files.profiles.as_deref().map(|file| origin.read(&PROFILES, file, dump::profiles)).transpose()?,
        metrics: series,
    };
    let (region, account) = (origin.region.map(|(region, _)| region), origin.account.map(|(account, _)| account));
    Ok(Read { lists, region, account, notes: origin.notes })
}

/// A state of which nothing is known yet, for what files say.
pub(super) fn state(region: Region, account: Option<AccountId>, settings: &Settings) -> State {
    let session = Session { profile: None, region, provenance: Provenance::File, scenario: None };
    let mut state = State::new(session, settings.window_minutes, clock::now());
    state.account.pins = Arc::clone(&settings.pins);
    state.account.id = account;
    state
}

/// Gives an account what the files hold, as a poll would.
pub(super) fn fill(state: &mut State, lists: Lists) {
    state.doctor.not_given = not_given(&lists);
    for source in Source::ALL.into_iter().filter(|source| !state.doctor.not_given.contains_key(source)) {
        state.feeds.insert(source, Feed { last_good: Some(state.now), ..Feed::default() });
    }
    let catalog = [lists.models.map(Fetched::Models), lists.profiles.map(Fetched::Profiles)];
    // The names of the account's own list stand, and quotas are matched when all else is known.
    let quotas = [lists.applied.map(Fetched::AppliedQuotas), lists.defaults.map(Fetched::DefaultQuotas)];
    let series = lists.metrics.into_iter().flat_map(by_namespace);
    for list in catalog.into_iter().flatten().chain(series).chain(quotas.into_iter().flatten()) {
        state.account.take(list, state.now);
    }
    // Files do not say when they were made.
    state.account.quotas_at = None;
}

/// Two weeks of series; nothing in it says who is alive now.
fn by_namespace(series: Vec<(Namespace, Listed)>) -> impl Iterator<Item = Fetched> {
    let of =
        move |namespace| series.iter().filter(|(of, _)| *of == namespace).map(|(_, listed)| listed.clone()).collect();
    Namespace::ALL.map(|namespace| Fetched::Listed(namespace, false, of(namespace))).into_iter()
}

/// What would have to be given to see each source that is not: defaults without applied values say nothing of what is in force, profiles without models
/// nothing of what the Region has.
fn not_given(lists: &Lists) -> BTreeMap<Source, &'static str> {
    let account = "the account itself: leave the files out and sign in";
    let all = [
        (Source::Identity, false, account),
        (Source::Tags, false, account),
        (Source::Metrics, false, account),
        (Source::Access, false, account),
        (Source::Cache, false, account),
        (Source::Catalog, lists.models.is_some(), "--models FILE"),
        (Source::Discovery, lists.metrics.is_some(), "--metrics FILE"),
        (Source::ServiceQuotas, lists.applied.is_some(), "--quotas FILE"),
    ];
    all.into_iter().filter(|(_, is_given, _)| !is_given).map(|(source, _, what)| (source, what)).collect()
}

/// That at most one is read from standard input.
///
/// # Errors
/// More than one is.
pub(super) fn one_at_most_from_stdin<'p>(files: impl IntoIterator<Item = &'p Path>) -> Result<(), Problem> {
    match files.into_iter().filter(|file| File::new(file).is_stdin()).count() {
        0 | 1 => Ok(()),
        _ => Err(Problem::Usage("only one can be -, standard input: name the other files".to_owned())),
    }
}

/// That no account is named beside files.
///
/// # Errors
/// One is.
pub(super) fn needs_no_account(file: &str, given: [(&'static str, &Option<String>); 3]) -> Result<(), Problem> {
    match given.into_iter().find(|(_, value)| value.is_some()) {
        None => Ok(()),
        Some((flag, _)) => Err(Problem::Usage(format!(
            "{flag} means nothing beside {file} FILE, which needs no account: leave one of them out"
        ))),
    }
}

/// Where all files are from: one Region, and what is said of it.
struct Origin {
    /// The Region, and who says so.
    region: Option<(Region, String)>,
    /// The account, and which file says so.
    account: Option<(AccountId, String)>,
    notes: Vec<String>,
}

impl Origin {
    fn new(region: Option<&str>) -> Result<Self, Problem> {
        let named = |text: &str| {
            let sentence =
                || format!("--region is `{}`, which is no AWS Region; give one such as us-east-1", text.escape_debug());
            Region::named(text).map(|region| (region, "--region".to_owned())).ok_or_else(|| Problem::Usage(sentence()))
        };
        Ok(Self { region: region.map(named).transpose()?, account: None, notes: Vec::new() })
    }

    /// Reads a file, and holds its Region against the others'.
    fn read<T>(
        &mut self,
        kind: &Kind,
        file: &Path,
        parse: fn(&[u8]) -> Result<Dump<T>, String>,
    ) -> Result<Vec<T>, Problem> {
        let source = File::new(file);
        let name = format!("{} {source}", kind.flag);
        let bytes = source.bytes(kind).map_err(Problem::Usage)?;
        let dump = parse(&bytes).map_err(|what| Problem::Usage(format!("{name}: {what}")))?;
        if let Some((region, _)) = dump.whose.region {
            let (known, by) = self.region.get_or_insert_with(|| (region.clone(), name.clone()));
            if *known != region {
                return Err(Problem::Usage(format!(
                    "{name} is of {region}, but {by} says {known}: give what was printed for one Region"
                )));
            }
        }
        if let Some((account, _)) = dump.whose.account {
            let (known, by) = self.account.get_or_insert_with(|| (account.clone(), name.clone()));
            if *known != account {
                self.notes.push(format!("{name} is of account {account}, {by} of {known}"));
            }
        }
        Ok(dump.items)
    }
}

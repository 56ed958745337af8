//! Quotas of files: the same account, matched and reckoned as a polled one, of what the AWS CLI printed. No credentials, no calls, no AWS configuration.

use std::{path::Path, sync::Arc};

use super::{Files, Found};
use crate::{
    app::{
        event::Fetched,
        state::{Session, State},
    },
    cli::dump::{self, APPLIED, DEFAULTS, Dump, Kind, MODELS, PROFILES, Source},
    domain::{
        ids::{AccountId, Region},
        matching::Match,
        quota_rows::QuotaRow,
        reckoning,
        snapshot::{Provenance, Snapshot},
    },
    runtime::{Problem, Settings, clock},
};

/// Reads the files and puts together what they say.
pub(super) fn read(files: &Files, quotas: &Path, region: Option<&str>, settings: &Settings) -> Result<Found, Problem> {
    one_at_most_from_stdin(files)?;
    let mut origin = Origin::new(region)?;
    let applied = origin.read(&APPLIED, quotas, dump::applied)?;
    let defaults = files.defaults.as_deref().map(|file| origin.read(&DEFAULTS, file, dump::defaults)).transpose()?;
    let models = files.models.as_deref().map(|file| origin.read(&MODELS, file, dump::models)).transpose()?;
    let profiles = files.profiles.as_deref().map(|file| origin.read(&PROFILES, file, dump::profiles)).transpose()?;
    let (has_models, has_profiles) = (models.is_some(), profiles.is_some());

    let now = clock::now();
    let session = Session { profile: None, region: origin.region()?, provenance: Provenance::File, scenario: None };
    let mut state = State::new(session, settings.window_minutes, now);
    state.account.pins = Arc::clone(&settings.pins);
    state.account.id = origin.account.map(|(account, _)| account);
    let lists = [
        models.map(Fetched::Models),
        profiles.map(Fetched::Profiles),
        // The names of the account's own list stand.
        Some(Fetched::AppliedQuotas(applied)),
        defaults.map(Fetched::DefaultQuotas),
    ];
    for list in lists.into_iter().flatten() {
        state.account.take(list, now);
    }
    let mut snapshot = reckoning::snapshot(&state.known(&[]));
    let mut notes = origin.notes;
    if !has_models {
        notes.extend(without_models(&mut snapshot, has_profiles));
    }
    Ok(Found { snapshot: Arc::new(snapshot), checked_at: None, notes })
}

fn one_at_most_from_stdin(files: &Files) -> Result<(), Problem> {
    let all = [&files.quotas, &files.defaults, &files.models, &files.profiles];
    match all.into_iter().flatten().filter(|file| Source::new(file).is_stdin()).count() {
        0 | 1 => Ok(()),
        _ => Err(Problem::Usage("only one of the files can be -, standard input: name the others".to_owned())),
    }
}

/// What nothing was matched with is unknown for that reason, not because nothing fits.
fn without_models(snapshot: &mut Snapshot, has_profiles: bool) -> Option<String> {
    if has_profiles {
        let note = "only the models that the inference profiles name were matched: add --models for all";
        return Some(note.to_owned());
    }
    let why = format!("no models were given: add --models with the output of `{}`", MODELS.command);
    let unmatched = |row: &&mut QuotaRow| row.known.matching.matched == Match::Unknown;
    let mut any = false;
    for row in snapshot.quotas.iter_mut().filter(unmatched) {
        Arc::make_mut(&mut row.known).matching.why.clone_from(&why);
        any = true;
    }
    any.then_some(why)
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
        let source = Source::new(file);
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

    fn region(&self) -> Result<Region, Problem> {
        let sentence = "the files have no ARNs that say which Region they are of: add --region";
        self.region.as_ref().map(|(region, _)| region.clone()).ok_or_else(|| Problem::Usage(sentence.to_owned()))
    }
}

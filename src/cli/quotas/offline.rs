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
        catalog::{Model, Profile},
        ids::{AccountId, Region},
        matching::Match,
        quota::Quota,
        quota_rows::QuotaRow,
        reckoning,
        snapshot::{Provenance, Snapshot},
    },
    runtime::{Problem, Settings, clock},
};

/// What the files hold; None where there is no such file.
#[derive(Debug, Default)]
struct Lists {
    applied: Vec<Quota>,
    defaults: Option<Vec<Quota>>,
    models: Option<Vec<Model>>,
    profiles: Option<Vec<Profile>>,
}

/// Reads the files and puts together what they say.
pub(super) fn read(files: &Files, quotas: &Path, region: Option<&str>, settings: &Settings) -> Result<Found, Problem> {
    one_at_most_from_stdin(files)?;
    let mut origin = Origin::new(region)?;
    let lists = Lists {
        applied: origin.read(&APPLIED, quotas, dump::applied)?,
        defaults: files.defaults.as_deref().map(|file| origin.read(&DEFAULTS, file, dump::defaults)).transpose()?,
        models: files.models.as_deref().map(|file| origin.read(&MODELS, file, dump::models)).transpose()?,
        profiles: files.profiles.as_deref().map(|file| origin.read(&PROFILES, file, dump::profiles)).transpose()?,
    };
    let session = Session { profile: None, region: origin.region()?, provenance: Provenance::File, scenario: None };
    let mut state = State::new(session, settings.window_minutes, clock::now());
    state.account.pins = Arc::clone(&settings.pins);
    state.account.id = origin.account.map(|(account, _)| account);
    let mut found = put_together(state, lists);
    found.notes.splice(0..0, origin.notes);
    Ok(found)
}

/// Gives an account what the files hold, as a poll would.
fn put_together(mut state: State, lists: Lists) -> Found {
    let (has_models, has_profiles) = (lists.models.is_some(), lists.profiles.is_some());
    let given = [
        lists.models.map(Fetched::Models),
        lists.profiles.map(Fetched::Profiles),
        // The names of the account's own list stand.
        Some(Fetched::AppliedQuotas(lists.applied)),
        lists.defaults.map(Fetched::DefaultQuotas),
    ];
    let now = state.now;
    for list in given.into_iter().flatten() {
        state.account.take(list, now);
    }
    // Files do not say when they were made.
    state.account.quotas_at = None;
    let mut snapshot = reckoning::snapshot(&state.known(&[]));
    let note = if has_models { None } else { without_models(&mut snapshot, has_profiles) };
    Found { snapshot: Arc::new(snapshot), notes: note.into_iter().collect() }
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

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;
    use crate::{export, ui::text};

    /// A name in the grammar of quota names, beside it, or of anything.
    fn name() -> impl Strategy<Value = String> {
        let heads = [
            "Cross-region model inference tokens per minute for ",
            "On-demand model inference requests per minute for ",
            "",
        ];
        let tails = ["Amazon Nova Pro", "Amazon Nova Pro V1 1M Context Length", "Acme Nova Pro", "Pro", ""];
        let known = (prop::sample::select(heads.to_vec()), prop::sample::select(tails.to_vec()));
        prop_oneof![known.prop_map(|(head, tail)| format!("{head}{tail}")), "\\PC{0,40}", ".{0,20}"]
    }

    fn dump(rows: &[(String, String, f64)]) -> String {
        let row = |(code, name, value): &(String, String, f64)| serde_json::json!({"QuotaCode": code, "QuotaName": format!("{name} "), "Value": value, "Adjustable": true});
        serde_json::Value::from(rows.iter().map(row).collect::<Vec<_>>()).to_string()
    }

    fn found(rows: &[(String, String, f64)], models: Option<Vec<Model>>) -> Found {
        let session =
            Session { profile: None, region: "us-east-1".into(), provenance: Provenance::File, scenario: None };
        let applied = dump::applied(dump(rows).as_bytes()).unwrap().items;
        put_together(State::new(session, 180, Timestamp::UNIX_EPOCH), Lists { applied, models, ..Lists::default() })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_rows_are_printed_whole_and_safely(
            rows in prop::collection::vec(("L-[0-9A-F]{1,8}|.{1,12}", name(), -1e9..1e18_f64), 1..20)
        ) {
            let model = r#"[{"modelId":"amazon.nova-pro-v1:0","modelArn":"a","modelName":"Nova Pro","providerName":"Amazon"}]"#;
            let found = found(&rows, Some(dump::models(model.as_bytes()).unwrap().items));
            let codes: std::collections::BTreeSet<&str> = rows.iter().map(|(code, _, _)| code.as_str()).collect();
            prop_assert_eq!(found.snapshot.quotas.len(), codes.len());
            for row in &found.snapshot.quotas {
                prop_assert!(row.known.matching.matched != Match::One || row.known.quota.name.contains("Nova Pro"));
            }
            let table = super::super::table::text(&found, true);
            prop_assert!(!table.contains(|c: char| c.is_control() && c != '\n'), "{table:?}");
            prop_assert!(table.lines().skip(1).take(codes.len() + 1).all(|line| text::width(line) <= 120), "{table}");
            let csv = export::quotas::csv(&found.snapshot, text::clean).unwrap();
            let mut reader = csv::Reader::from_reader(csv.as_bytes());
            let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
            prop_assert_eq!(records.len(), codes.len());
            let cells = || records.iter().flatten();
            prop_assert!(cells().all(|cell| !cell.starts_with(['=', '+', '@']) && !cell.contains(char::is_control)), "{csv:?}");
            let json = serde_json::to_value(export::quotas::document(&found.snapshot, &found.notes)).unwrap();
            prop_assert_eq!(json["quotas"].as_array().unwrap().len(), codes.len());
        }

        #[test]
        fn without_models_nothing_is_matched(rows in prop::collection::vec(("L-[0-9A-F]{8}", name(), 0.0..1e9_f64), 1..20)) {
            let found = found(&rows, None);
            for row in &found.snapshot.quotas {
                let matching = &row.known.matching;
                prop_assert!(matches!(matching.matched, Match::Unknown | Match::NotInference));
                prop_assert!(matching.matched != Match::Unknown || matching.why.contains("--models"));
            }
        }
    }
}

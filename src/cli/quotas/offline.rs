//! Quotas of files: the same account, matched and reckoned as a polled one.

use std::sync::Arc;

use super::Found;
use crate::{
    app::state::State,
    cli::{
        dump::MODELS,
        offline::{self, Files, Lists},
    },
    domain::{matching::Match, quota_rows::QuotaRow, reckoning, snapshot::Snapshot},
    runtime::{Problem, Settings},
};

/// Reads the files and puts together what they say.
pub(super) fn read(files: &Files, region: Option<&str>, settings: &Settings) -> Result<Found, Problem> {
    offline::one_at_most_from_stdin(files.given().into_iter().map(|(_, file)| file))?;
    let read = offline::read(files, &[], region)?;
    let sentence = "the files have no ARNs that say which Region they are of: add --region";
    let region = read.region.ok_or_else(|| Problem::Usage(sentence.to_owned()))?;
    let mut found = put_together(offline::state(region, read.account, settings), read.lists);
    found.notes.splice(0..0, read.notes);
    Ok(found)
}

/// Gives an account what the files hold, and reckons.
fn put_together(mut state: State, lists: Lists) -> Found {
    let (has_models, has_profiles) = (lists.models.is_some(), lists.profiles.is_some());
    offline::fill(&mut state, lists);
    let mut snapshot = reckoning::snapshot(&state.known(&[]));
    let note = if has_models { None } else { without_models(&mut snapshot, has_profiles) };
    Found { snapshot: Arc::new(snapshot), notes: note.into_iter().collect() }
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

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;
    use crate::{
        app::state::Session,
        cli::dump,
        domain::{catalog::Model, snapshot::Provenance},
        export,
        ui::text,
    };

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
        put_together(
            State::new(session, 180, Timestamp::UNIX_EPOCH),
            Lists { applied: Some(applied), models, ..Lists::default() },
        )
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

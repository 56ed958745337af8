//! The account of `huge`: made-up application profiles over the real ones, with names that are hard on a terminal.

use std::collections::BTreeMap;

use super::catalog::Catalog;
use super::noise::{key, share};
use crate::sim::scenario::{AppProfile, Endpoint, Generate, Scenario};

/// Names in other scripts, with wide, joined, combining and direction-changing characters and with control characters.
const NAMES: [&str; 12] = [
    "検索チーム-本番",
    "客户支持助手",
    "고객센터-요약",
    "🚀 launch 🧑‍🚀 crew",
    "فريق البحث",
    "צוות חיפוש",
    "Zählerstände-Ümlaut",
    "z̴̡a̸l̷g̶o̵ combining",
    "tab\there",
    "bell\u{7}and escape\u{1b}[31mred\u{1b}[0m",
    "line\nbreak\r\nand back\u{8}space",
    "👩‍👩‍👧‍👦🇺🇳 family",
];

/// What short ids are made of.
const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Adds endpoints until there are as many as asked for: every model and profile that takes text, then application profiles.
pub(super) fn generate(scenario: &mut Scenario, generate: Generate) {
    let catalog = Catalog::of(scenario, super::catalog::REGION);
    let texts = |id: &str| {
        catalog
            .model_of(id)
            .map(|at| &catalog.models[at])
            .is_some_and(|model| !model.mantle_only && model.output_modalities.iter().any(|kind| kind == "TEXT"))
    };
    let mut ids: Vec<String> = catalog
        .models
        .iter()
        .filter(|model| model.inference_types.iter().any(|kind| kind == "ON_DEMAND") && texts(&model.model_id))
        .map(|model| model.model_id.clone())
        .collect();
    let sources: Vec<String> =
        catalog.profiles.iter().map(|profile| profile.id.clone()).filter(|id| texts(id)).collect();
    ids.extend(sources.iter().cloned());
    let wanted = generate.endpoints as usize;
    ids.truncate(wanted);
    let mut number = 0_u64;
    while ids.len() < wanted {
        let bits = key(&[scenario.seed, 0x4a5e, number]);
        let id: String =
            (0..12).map(|at| char::from(LETTERS[usize::try_from((bits >> (at * 5)) % 32).unwrap_or(0)])).collect();
        let source = &sources[usize::try_from(bits >> 7).unwrap_or(0) % sources.len().max(1)];
        scenario.profiles.push(profile(&id, source, number));
        ids.push(id);
        number += 1;
    }
    for (at, id) in (0_u64..).zip(ids) {
        let bits = key(&[scenario.seed, 0xe4d, at]);
        // Active ones are spread over the whole list.
        let active = at * u64::from(generate.active) / u64::from(generate.endpoints.max(1))
            != (at + 1) * u64::from(generate.active) / u64::from(generate.endpoints.max(1));
        scenario.endpoints.push(endpoint(id, bits, active));
    }
}

/// One made-up application profile.
fn profile(id: &str, source: &str, number: u64) -> AppProfile {
    let at = usize::try_from(number).unwrap_or(0);
    let name = match at {
        // CloudWatch would never see it, but a list of profiles has to be drawn.
        0 => "long-".repeat(2_000),
        _ if at % 5 == 0 => format!("{} {number}", NAMES[(at / 5) % NAMES.len()]),
        _ => format!("team-{:02}-service-{number}", at % 37),
    };
    let mut tags = BTreeMap::from([
        ("team".to_owned(), format!("team-{:02}", at % 37)),
        ("env".to_owned(), ["prod", "staging", "dev"][at % 3].to_owned()),
    ]);
    if at % 5 == 0 {
        tags.insert(NAMES[(at / 5 + 3) % NAMES.len()].to_owned(), NAMES[(at / 5 + 7) % NAMES.len()].to_owned());
    }
    if at == 1 {
        tags.insert("note".to_owned(), "x".repeat(10_000));
    }
    AppProfile { id: id.to_owned(), name, description: String::new(), source: source.to_owned(), tags }
}

/// Its traffic: little, or some that ended days ago.
fn endpoint(id: String, bits: u64, active: bool) -> Endpoint {
    let draw = |at: u64| share(key(&[bits, at]));
    Endpoint {
        id,
        rpm: 0.6 + 2.4 * draw(1) * draw(2),
        night: 0.7,
        weekend: 0.8,
        noise: 0.1,
        burst: 0.5,
        input: 400.0 + 3_000.0 * draw(3),
        output: 60.0 + 500.0 * draw(4),
        cache_read: 0.0,
        cache_write: 0.0,
        max_tokens: Some(1024),
        streaming: if draw(5) < 0.6 { 0.7 } else { 0.0 },
        ttft_ms: 300.0 + 900.0 * draw(6),
        speed: 50.0 + 120.0 * draw(7),
        client_errors: if draw(8) < 0.2 { 0.05 } else { 0.0 },
        server_errors: 0.0,
        tiers: BTreeMap::new(),
        downgrade: 0.0,
        reservation: None,
        long_context: 0.0,
        attempts: 3,
        capacity: Vec::new(),
        shift: None,
        bunched: 0.0,
        growth: Vec::new(),
        since: None,
        until: (!active).then(|| -1_440 * (1 + (bits % 9).cast_signed())),
        project: None,
    }
}

//! `tiertop tiers`: what is offered where, at which price, and what a day would have cost, against the facts and what the simulated account really counted.

use tiertop::{
    app::{event::Event, update::update, view::Screen},
    domain::{
        pricing::{TokenPrice, Usd},
        tier::Tier,
        tier_support::Support,
        tiers::{DayCost, Offer, TierRow, batch},
    },
    export,
    ui::{Palette, Theme},
};

use crate::{
    flows::press,
    screens::{drawn, styled, text},
    support::{Run, scenario},
};

const GPT_OSS: &str = "openai.gpt-oss-120b-1:0";

/// The healthy account over a day.
fn day() -> Run {
    let mut run = Run::new(scenario("healthy"));
    run.state.day_tokens.wanted = true;
    run.tick();
    run
}

fn row<'a>(rows: &'a [TierRow], model: &str) -> &'a TierRow {
    rows.iter().find(|row| row.model.as_str() == model).unwrap_or_else(|| panic!("{model}"))
}

fn offer<'a>(row: &'a TierRow, tier: &Tier) -> &'a Offer {
    row.offers.iter().find(|offer| offer.tier == *tier).unwrap()
}

/// Tokens of the last day at prices per million.
fn at(run: &Run, input: &str, output: &str) -> Usd {
    let tokens = |metric: &str| {
        let span = run.state.day_tokens.span().unwrap();
        let sum = run.truth(GPT_OSS, metric, span).into_iter().flatten().sum::<f64>().round();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
        let tokens = sum as u64;
        tokens
    };
    let cost = |price: &str, metric: &str| TokenPrice::parse(price).unwrap().of(tokens(metric));
    cost(input, "InputTokenCount") + cost(output, "OutputTokenCount")
}

#[test]
fn a_day_costs_its_tokens_at_each_tier_s_own_price() {
    let run = day();
    let rows = run.state.tier_rows();
    let gpt = row(&rows, GPT_OSS);
    assert!(gpt.in_use);
    for (tier, input, output) in [
        (Tier::Standard, "0.15", "0.6"),
        (Tier::Priority, "0.2625", "1.05"),
        (Tier::Flex, "0.075", "0.3"),
        (batch(), "0.075", "0.3"),
    ] {
        assert_eq!(offer(gpt, &tier).day, DayCost::Usd(at(&run, input, output)), "{tier:?}");
    }
    assert_eq!(offer(gpt, &Tier::Reserved).day, DayCost::Prepaid);
    let unused = rows.iter().find(|row| !row.in_use).unwrap();
    assert_eq!(offer(unused, &Tier::Standard).day, DayCost::NoUse);
    assert!(rows.is_sorted_by_key(|row| !row.in_use), "what is in use comes first");
}

/// By the model cards, the tier page's table and the price list as of 2026-11-22, and by the names of the Region's own batch quotas.
#[test]
fn ten_models_are_offered_as_their_cards_say() {
    let run = Run::polled(scenario("healthy"));
    let rows = run.state.tier_rows();
    let yes_no = |support: Support| match support {
        Support::Yes => 'y',
        Support::No => 'n',
        Support::Conflict => 'c',
        Support::Unknown => '?',
    };
    for (model, expected) in [
        // Priority, Standard, Flex, Reserved, Batch.
        ("anthropic.claude-sonnet-4-5-20250929-v1:0", "nynyy"),
        ("anthropic.claude-haiku-4-5-20251001-v1:0", "nynyy"),
        ("anthropic.claude-opus-4-8", "nynnn"),
        ("amazon.nova-2-lite-v1:0", "yyyny"),
        ("amazon.nova-pro-v1:0", "yyyny"),
        ("amazon.nova-lite-v1:0", "nynny"),
        ("openai.gpt-oss-120b-1:0", "yyyny"),
        ("qwen.qwen3-coder-30b-a3b-v1:0", "yyyny"),
        ("moonshotai.kimi-k2.5", "yyyny"),
        ("deepseek.v3.2", "yyyny"),
    ] {
        let row = row(&rows, model);
        let found: String = row.offers.iter().map(|offer| yes_no(offer.support)).collect();
        assert_eq!(found, expected, "{model}");
        for offer in row.offers.iter().filter(|offer| offer.support != Support::Unknown) {
            assert!(offer.evidence.is_some(), "{model} {:?}", offer.tier);
        }
    }
}

#[test]
fn money_is_a_string_and_unknown_is_null() {
    let run = day();
    let rows = run.state.tier_rows();
    let document = serde_json::to_value(export::tiers::document(&rows, run.snapshot())).unwrap();
    assert_eq!(document["schema"], "tiertop.tiers/1");
    let models = document["models"].as_array().unwrap();
    let gpt = models.iter().find(|model| model["model"] == GPT_OSS).unwrap();
    let flex = gpt["tiers"].as_array().unwrap().iter().find(|tier| tier["tier"] == "flex").unwrap();
    assert_eq!(flex["usd_per_million"]["input"], "0.075");
    assert_eq!(flex["last_24h"]["usd"], at(&run, "0.075", "0.3").to_string());
    let reserved = gpt["tiers"].as_array().unwrap().iter().find(|tier| tier["tier"] == "reserved").unwrap();
    assert_eq!(
        (&reserved["usd_per_million"], &reserved["last_24h"]["why_not"]),
        (&serde_json::Value::Null, &"prepaid".into())
    );
}

#[test]
fn the_screen_asks_for_the_day_lists_what_is_in_use_and_opens_a_model() {
    let mut run = Run::polled(scenario("healthy"));
    let mut before = run.state.clone();
    for key in [":", "t", "i", "⏎"] {
        update(&mut before, Event::Key(key.into()), run.now());
    }
    let before = text(&drawn(&before, &Theme::default(), (120, 40)));
    assert!(before.contains("asking for the last day") && !before.contains("was called"), "{before}");
    run.press(&[":", "t", "i", "⏎"]);
    assert_eq!(run.state.view.screen, Screen::Tiers);
    run.pass(1);
    run.tick();
    for size in [(200, 60), (120, 40), (80, 24), (60, 16)] {
        let buffer = drawn(&run.state, &Theme::new(Palette::Dark, false), size);
        insta::assert_snapshot!(format!("tiers-healthy-{}x{}", size.0, size.1), styled(&buffer));
    }
    press(&mut run, "G<⏎>");
    let buffer = drawn(&run.state, &Theme::new(Palette::Light, false), (120, 40));
    insta::assert_snapshot!("tiers-model-120x40", styled(&buffer));
    press(&mut run, "<Esc>a");
    assert!(run.state.listed_tiers().len() > 90);
}

#[test]
fn a_command_is_a_screen_s_name_or_its_beginning() {
    let mut run = Run::polled(scenario("healthy"));
    for (typed, screen) in [
        (":quotas<⏎>", Screen::Quotas),
        (":d<⏎>", Screen::Doctor),
        (":lo<⏎>", Screen::Log),
        (":LIVE<⏎>", Screen::Live),
        (":t<Tab><⏎>", Screen::Tiers),
        (":q<Esc>", Screen::Tiers),
        (":quota<Backspace><Backspace><Backspace><Backspace><Backspace><Backspace>", Screen::Tiers),
    ] {
        press(&mut run, typed);
        assert_eq!((run.state.view.screen, run.state.view.command.is_none()), (screen, true), "{typed}");
    }
    press(&mut run, ":l<⏎>");
    let said = run.state.view.notice.clone().unwrap().text;
    assert!(said.contains("live") && said.contains("log"), "{said}");
    press(&mut run, ":nothing<⏎>");
    assert!(run.state.view.notice.clone().unwrap().text.contains("no command nothing"));
}

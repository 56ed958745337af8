//! The Doctor screen: its keys, the question before other Regions are asked, what is copied, frozen and hidden.

use tiertop::{
    app::{
        consent::Consent,
        event::{CopyWhat, Effect, Event},
        update::update,
        view::{Overlay, Screen},
    },
    domain::doctor::questions::Reply,
    ui::{Theme, copy},
};

use crate::{
    flows::press,
    screens::{drawn, text},
    support::{Run, scenario},
};

fn screen(run: &Run, size: (u16, u16)) -> String {
    text(&drawn(&run.state, &Theme::default(), size))
}

#[test]
fn it_asks_only_when_it_is_opened_and_the_tab_counts_troubles() {
    let mut run = Run::polled(scenario("denied"));
    assert_eq!(run.state.doctor.questions.totals, Reply::NotAsked);
    assert!(screen(&run, (120, 40)).contains("3 Doctor (1)"));
    run.press(&["3"]);
    assert!(matches!(run.state.doctor.questions.totals, Reply::Failed(_)));
    assert!(screen(&run, (120, 40)).contains("tiertop may not make"));
}

#[test]
fn a_finding_opens_with_all_of_its_evidence_and_so_do_the_checks() {
    let mut run = Run::polled(scenario("denied"));
    press(&mut run, "3<⏎>");
    let page = screen(&run, (120, 40));
    assert!(page.contains("Evidence") && page.contains("servicequotas:ListServiceQuotas"), "{page}");
    assert_eq!(copy::text(&run.state, CopyWhat::Advice).unwrap(), "tiertop iam-policy");
    press(&mut run, "<Esc>G<⏎>");
    let page = screen(&run, (120, 40));
    assert!(run.state.finding_at_cursor().is_none() && page.contains("Found something"), "{page}");
    assert!(copy::text(&run.state, CopyWhat::Advice).is_err(), "checks give nothing to paste");
    press(&mut run, "<Esc><Esc>");
    assert_eq!(run.state.view.screen, Screen::Live);
}

#[test]
fn other_regions_are_asked_only_after_a_yes() {
    let mut run = Run::polled(scenario("healthy"));
    run.press(&["3", "l"]);
    let Some(Overlay::Consent(Consent::CompareRegions(regions))) = run.state.view.overlay.clone() else {
        panic!("{:?}", run.state.view.overlay)
    };
    assert_eq!(regions.len(), 2);
    assert!(!regions.contains(&run.state.session.region));
    let asked = screen(&run, (80, 24));
    assert!(asked.contains(regions[0].as_str()) && asked.contains("Free"), "{asked}");
    for no in ["n", "Esc", "q"] {
        let mut state = run.state.clone();
        let effects = update(&mut state, Event::Key(no.into()), run.now());
        assert!(!effects.iter().any(|effect| matches!(effect, Effect::Examine(..))), "{no}: {effects:?}");
    }
    run.press(&["y"]);
    assert_eq!(run.state.view.overlay, None);
    for region in regions {
        assert!(run.state.doctor.questions.elsewhere[&region].known().is_some_and(|there| there.zero.known > 100));
    }
}

#[test]
fn what_is_hidden_elsewhere_is_hidden_here_and_a_frozen_view_keeps_its_findings() {
    let mut run = Run::polled(scenario("denied"));
    run.press(&["3", "⏎"]);
    assert!(screen(&run, (120, 40)).contains("111122223333"));
    press(&mut run, "x");
    let hidden = screen(&run, (120, 40));
    assert!(!hidden.contains("111122223333") && hidden.contains("<arn>"), "{hidden}");
    press(&mut run, "x<Esc>p");
    run.mend();
    run.press(&["r"]);
    assert_eq!(run.report().troubles(), 0, "{:#?}", run.report().findings);
    assert!(screen(&run, (120, 40)).contains("tiertop may not make"), "frozen");
    press(&mut run, "p");
    assert!(!screen(&run, (120, 40)).contains("tiertop may not make"));
}

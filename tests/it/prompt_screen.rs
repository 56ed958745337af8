//! The Prompt screen: what its keys send, what is asked before, and what never sends.

use tiertop::{
    app::{
        consent::Consent,
        event::{Effect, Event},
        prompt::Field,
        update::update,
        view::{Overlay, Screen},
    },
    domain::{
        prompt::{event::Event as Piece, plan::Plan},
        tier::Tier,
    },
};

use crate::{
    flows::press,
    screens::{drawn, text},
    support::{Run, scenario},
};

/// The calls that effects send.
fn sent(effects: &[Effect]) -> Vec<(u64, &Plan)> {
    let call = |effect| match effect {
        &Effect::Send(number, ref plan) => Some((number, &**plan)),
        _ => None,
    };
    effects.iter().filter_map(call).collect()
}

/// On the screen, with an endpoint that was called before.
fn ready() -> Run {
    let mut run = Run::polled(scenario("healthy"));
    press(&mut run, "4");
    run.state.prompting.draft.set(Field::Model, "us.amazon.nova-2-lite-v1:0");
    run
}

#[test]
fn a_call_is_sent_by_its_key_alone_and_stopped_by_esc() {
    let mut run = ready();
    assert_eq!((run.state.view.screen, run.state.prompting.focus), (Screen::Prompt, Some(Field::Prompt)));
    let typed = press(&mut run, "Hello q");
    assert!(sent(&typed).is_empty() && run.state.view.screen == Screen::Prompt, "letters are letters");
    let now = run.now();
    let pasted = update(&mut run.state, Event::Pasted("more\nlines\n".into()), now);
    assert!(sent(&pasted).is_empty(), "pasting never sends");
    run.state.prompting.draft.set(Field::Tier, "flex");
    let effects = press(&mut run, "<Ctrl-S>");
    let calls = sent(&effects);
    assert_eq!(calls.len(), 1);
    assert_eq!((calls[0].0, calls[0].1.tier.clone()), (1, Some(Tier::Flex)));
    assert!(sent(&press(&mut run, "<Ctrl-S>")).is_empty(), "one at a time");
    let pieces = vec![(400, Piece::Began), (420, Piece::Text("An answer\u{1b}[31m".into()))];
    update(&mut run.state, Event::Answering(1, pieces), now);
    let screen = text(&drawn(&run.state, &tiertop::ui::Theme::default(), (80, 24)));
    assert!(screen.contains("An answer?[31m"), "{screen}");
    assert!(press(&mut run, "<Esc>").contains(&Effect::StopCall(1)));
    assert!(run.state.prompting.running().is_none());
}

#[test]
fn a_call_that_may_sign_an_agreement_asks_first() {
    let mut run = ready();
    run.state.prompting.draft.set(Field::Model, "meta.llama3-1-70b-instruct-v1:0");
    run.state.prompting.draft.set(Field::Prompt, "Hello");
    let effects = press(&mut run, "<Ctrl-S>");
    assert!(sent(&effects).is_empty());
    assert!(matches!(run.state.view.overlay, Some(Overlay::Consent(Consent::FirstCall { .. }))));
    let mut refused = run.state.clone();
    assert!(sent(&update(&mut refused, Event::Key("n".into()), run.now())).is_empty());
    assert_eq!(sent(&press(&mut run, "y")).len(), 1);
}

#[test]
fn nothing_is_sent_while_read_only_is_on_or_something_is_missing() {
    let mut run = ready();
    assert!(sent(&press(&mut run, "<Ctrl-S>")).is_empty(), "there is nothing to ask");
    run.state.prompting.draft.set(Field::Prompt, "Hello");
    run.state.prompting.read_only = true;
    assert!(sent(&press(&mut run, "<Ctrl-S>")).is_empty());
    assert!(run.state.view.notice.as_ref().is_some_and(|notice| notice.text.contains("read-only")));
}

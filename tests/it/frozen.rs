//! A frozen view: what is shown stays, polling goes on, and what came meanwhile is there at once.

use std::sync::Arc;

use ratatui::{Terminal, backend::TestBackend, buffer::Buffer};
use tiertop::{
    app::event::Event,
    ui::{self, Theme},
};

use crate::support::{Run, scenario};

fn screen(run: &Run) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(120, 40)).unwrap();
    terminal.draw(|frame| ui::draw(frame, &run.state, &Theme::default())).unwrap();
    terminal.backend().buffer().clone()
}

fn press(run: &mut Run, key: &str) {
    run.send(Event::Key(key.to_owned()));
}

#[test]
fn nothing_moves_while_polling_goes_on() {
    let mut run = Run::polled(scenario("throttled"));
    run.minute();
    press(&mut run, "p");
    let (before, asked, shown) = (screen(&run), run.asks.len(), Arc::clone(&run.state.snapshot));
    for _ in 0..12 {
        run.minute();
        assert_eq!(screen(&run), before);
    }
    assert!(run.asks.len() > asked + 10, "polling went on");
    assert!(run.state.newest.data_through > shown.data_through);
    press(&mut run, "j");
    assert_ne!(screen(&run), before, "the cursor moves");
    assert!(Arc::ptr_eq(&run.state.snapshot, &shown), "over what is frozen");

    let asked = run.asks.len();
    press(&mut run, "p");
    assert_eq!(run.asks.len(), asked, "what is shown now was asked for before");
    assert!(Arc::ptr_eq(&run.state.snapshot, &run.state.newest) && run.state.view.paused.is_none());
}

#[test]
fn hiding_and_freezing_go_together() {
    let mut run = Run::polled(scenario("healthy"));
    let account = run.state.snapshot.account.clone().unwrap();
    press(&mut run, "p");
    press(&mut run, "x");
    assert_eq!(run.state.snapshot.account, None);
    run.minute();
    assert_eq!(run.state.snapshot.account, None, "also after a poll");
    press(&mut run, "x");
    assert_eq!(run.state.snapshot.account, Some(account.clone()));
    press(&mut run, "x");
    press(&mut run, "p");
    run.minute();
    assert_eq!((run.state.snapshot.account.clone(), run.state.newest.account.clone()), (None, Some(account)));
}

#[test]
fn nothing_moves_in_the_log_and_in_detail_either() {
    for key in ["6", "⏎"] {
        let mut run = Run::polled(scenario("throttled"));
        press(&mut run, "j");
        press(&mut run, key);
        press(&mut run, "p");
        let (before, calls) = (screen(&run), run.state.log.totals().calls);
        for _ in 0..3 {
            run.minute();
        }
        assert!(run.state.log.totals().calls > calls, "polling goes on");
        assert_eq!(screen(&run), before, "{key}");
    }
}

//! Other Regions through the real SDK: where there is traffic, and going over to one with nothing of the one before.

use std::collections::BTreeSet;

use tiertop::{
    app::{
        event::{Entered, Event, Fetched},
        log::Kinds,
        regions::Look,
        update::update,
        view::Overlay,
    },
    domain::{fault::FaultKind, ids::Region, metric::Namespace},
    sim::wire::Service,
};

use crate::support::{Run, scenario};

/// Opens the choice and goes to a Region's line.
fn choose(run: &mut Run, region: &str) {
    run.press(&["R", "g", "g"]);
    let line = run.state.region_lines().iter().position(|line| line.region.as_str() == region).unwrap();
    for _ in 0..line {
        run.press(&["j"]);
    }
}

fn active(run: &Run) -> BTreeSet<String> {
    run.active().iter().map(|row| row.endpoint.id.to_string()).collect()
}

#[test]
fn a_look_finds_where_the_traffic_is_and_each_region_fails_alone() {
    let mut run = Run::polled(scenario("empty"));
    run.press(&["R"]);
    let before = run.sim.calls_of(Service::CloudWatch, "ListMetrics");
    let regions = run.state.region_lines().len();
    run.press(&["l"]);
    let look = |run: &Run, region: &str| run.state.regions.looks[&Region::from(region)].clone();
    let now = run.now();
    assert_eq!(look(&run, "us-east-1"), Look::Seen(now, false));
    assert_eq!(look(&run, "eu-west-1"), Look::Seen(now, true));
    let Look::Failed(denied) = look(&run, "eu-central-1") else { panic!("{:?}", run.state.regions.looks) };
    assert_eq!((denied.kind, denied.action.as_deref()), (FaultKind::Denied, Some("cloudwatch:ListMetrics")));
    let Look::Failed(refused) = look(&run, "af-south-1") else { panic!("{:?}", run.state.regions.looks) };
    assert_eq!(refused.kind, FaultKind::Invalid);
    assert!(!run.state.regions.is_looking());
    assert_eq!(run.sim.calls_of(Service::CloudWatch, "ListMetrics") - before, regions as u64, "one call each");
    assert_eq!(run.faulty(), [], "what fails elsewhere says nothing of here");
}

#[test]
fn going_over_shows_nothing_of_the_region_before_and_then_all_of_the_new_one() {
    let mut run = Run::polled(scenario("healthy"));
    let (old, generation) = (active(&run), run.state.generation);
    assert!(old.contains("us.amazon.nova-2-lite-v1:0"));
    choose(&mut run, "eu-west-1");
    run.press(&["⏎"]);
    assert_eq!(run.state.session.region.as_str(), "eu-west-1");
    assert!(
        run.state.generation > generation && run.state.view.overlay.is_none() && run.state.regions.switching.is_none()
    );
    assert_eq!(run.snapshot().region.as_str(), "eu-west-1");
    for _ in 0..2 {
        run.minute();
    }
    let new = active(&run);
    assert!(new.contains("eu.amazon.nova-2-lite-v1:0"), "{new:?}");
    assert!(!new.iter().any(|id| id.starts_with("us.")), "{new:?}");
    assert_eq!(run.faulty(), []);
    assert!(run.row("eu.amazon.nova-2-lite-v1:0").requests.is_some_and(|requests| requests > 0.0));
    let mut view = run.state.view.clone();
    view.log.kinds = Kinds::Events;
    assert!(run.state.log.listed(&view).iter().any(|entry| entry.text == "Region us-east-1 → eu-west-1"));
}

#[test]
fn a_frozen_view_and_a_link_of_the_region_before_are_let_go() {
    let mut run = Run::polled(scenario("healthy"));
    run.press(&["p"]);
    choose(&mut run, "eu-west-1");
    run.press(&["⏎"]);
    run.minute();
    assert!(run.state.view.paused.is_none() && run.state.frozen.is_none());
    assert!(std::sync::Arc::ptr_eq(&run.state.snapshot, &run.state.newest), "what is known is shown");
    assert_eq!(run.state.standing(), &run.state.feeds);
    assert!(active(&run).contains("eu.amazon.nova-2-lite-v1:0"));

    // Getting ready takes a while, in which a link may be opened.
    run.press(&["o"]);
    assert!(matches!(run.state.view.overlay, Some(Overlay::Link(_))));
    run.state.regions.switching = Some("eu-west-1".into());
    let entered = Entered { session: run.state.session.clone(), cached: None };
    let (generation, now) = (run.state.generation, run.now());
    update(&mut run.state, Event::RegionSwitched(generation, Ok(Box::new(entered))), now);
    assert_eq!(run.state.view.overlay, None);
}

#[test]
fn late_answers_of_the_region_before_are_dropped() {
    let mut run = Run::polled(scenario("healthy"));
    let generation = run.state.generation;
    let listed = run.state.account.discovery.clone();
    choose(&mut run, "eu-west-2");
    run.press(&["⏎"]);
    assert_eq!(active(&run), BTreeSet::new());
    let series = listed.active().iter().next().unwrap().series(tiertop::domain::metric::Metric::Invocations);
    let late = tiertop::domain::metric::Listed { key: series, name: "Invocations".into() };
    run.send(Event::Fetched(generation, Fetched::Listed(Namespace::Bedrock, true, vec![late])));
    run.minute();
    assert_eq!(active(&run), BTreeSet::new(), "nothing calls in eu-west-2");
    assert_eq!(run.snapshot().region.as_str(), "eu-west-2");
}

#[test]
fn a_region_that_cannot_be_asked_is_not_entered_and_says_why() {
    let mut run = Run::polled(scenario("healthy"));
    let (before, generation) = (active(&run), run.state.generation);
    choose(&mut run, "af-south-1");
    run.press(&["⏎"]);
    assert_eq!((run.state.session.region.as_str(), run.state.generation), ("us-east-1", generation));
    let notice = run.state.view.notice.clone().unwrap().text;
    assert!(notice.starts_with("us-east-1 stays: ") && notice.contains("af-south-1 enabled"), "{notice}");
    assert!(matches!(run.state.view.overlay, Some(Overlay::Regions(_))), "another one may be chosen");
    run.minute();
    assert_eq!(active(&run), before);
}

#[test]
fn the_present_region_and_escape_change_nothing() {
    let mut run = Run::polled(scenario("healthy"));
    let generation = run.state.generation;
    run.press(&["R", "⏎"]);
    assert_eq!((run.state.generation, run.state.view.overlay.clone()), (generation, None));
    run.press(&["R", "G", "Esc"]);
    assert_eq!((run.state.generation, run.state.view.overlay.clone()), (generation, None));
}

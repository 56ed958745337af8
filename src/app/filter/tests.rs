//! What is typed, what it means, and what is said of what means nothing.

use proptest::prelude::*;

use super::terms::LONGEST;
use super::*;
use crate::domain::snapshot::Bound;

fn one(text: &str) -> What {
    let query = parse(text);
    assert_eq!((query.terms.len(), &query.problem), (1, &None), "{text}");
    query.terms[0].what.clone()
}

#[test]
fn terms_are_read() {
    let number = |key, comparison, number| What::Number(key, comparison, number);
    for (text, expected) in [
        ("Sonnet", What::Word("sonnet".into())),
        ("tier:Flex", What::Tier(Side::Either, "flex".into())),
        ("served:flex", What::Tier(Side::Served, "flex".into())),
        ("tag:team=search", What::Tag(Some("team".into()), "search".into())),
        ("tag:search", What::Tag(None, "search".into())),
        ("team:search", What::Word("team:search".into())),
        ("team=search", What::Word("team=search".into())),
        ("v1:0", What::Word("v1:0".into())),
        ("kind:app", What::Kind(Kind::App)),
        ("used>50", number(SortKey::Use, Comparison::Above, 50.0)),
        ("peak>=80%", number(SortKey::Peak, Comparison::AtLeast, 80.0)),
        ("tpm<1.5M", number(SortKey::Tokens, Comparison::Below, 1.5e6)),
        ("cost<=$0.5", number(SortKey::Cost, Comparison::AtMost, 0.5)),
        ("5xx=0", number(SortKey::ServerErrors, Comparison::Equal, 0.0)),
        ("vs7d>-10", number(SortKey::VsUsual, Comparison::Above, -10.0)),
        ("throttled", What::Flag(Flag::Throttled)),
        ("throttled>5", number(SortKey::Throttled, Comparison::Above, 5.0)),
        ("5xx", What::Flag(Flag::ServerErrors)),
    ] {
        assert_eq!(one(text), expected, "{text}");
        for sign in ["-", "!"] {
            let query = parse(&format!("{sign}{text}"));
            assert_eq!(query.terms, [Term { negated: true, what: expected.clone() }]);
        }
    }
}

#[test]
fn what_is_not_understood_is_said_and_filters_nothing() {
    for (text, said) in [
        ("used>abc", "used>abc needs a number, as in used>50 (percent)"),
        ("ttft>", "ttft> needs a number, as in ttft>1 (seconds)"),
        ("used>inf", "used>inf needs a number"),
        ("usage>5", "usage>5: numbers are used peak limit rpm"),
        ("tier:", "tier: needs a tier: priority, standard, flex or reserved"),
        ("kind:pool", "kind: is one of app profile model mantle unlisted"),
        ("tag:", "tag: needs a text, as in tag:team=search"),
    ] {
        let query = parse(&format!("{text} sonnet"));
        assert!(query.problem.as_deref().is_some_and(|problem| problem.starts_with(said)), "{query:?}");
        assert_eq!(query.terms.len(), 1, "the other term holds");
    }
    assert_eq!(parse(" - ! \t"), Query::default());
}

#[test]
fn what_the_help_tells_is_understood() {
    for (term, _) in TERMS.into_iter().filter(|(term, _)| *term != "provider:") {
        assert_eq!(parse(term).problem, None, "{term}");
    }
    let told = TERMS.map(|(term, about)| format!("{term} {about}")).join(" ");
    for name in SortKey::NUMBERS.map(SortKey::name).into_iter().chain(FLAGS.map(|(name, _)| name)) {
        assert!(told.contains(name), "{name} is not told of");
    }
}

#[test]
fn a_bound_holds_only_what_holds_of_all_that_it_may_be() {
    use Comparison::{Above, AtLeast, AtMost, Below, Equal};
    for (comparison, value, bound, number, expected) in [
        (Above, 9.0, Bound::AtLeast, 5.0, Some(true)),
        (Above, 9.0, Bound::AtLeast, 50.0, None),
        (Below, 9.0, Bound::AtLeast, 5.0, Some(false)),
        (Below, 9.0, Bound::AtLeast, 50.0, None),
        (AtMost, 9.0, Bound::AtMost, 9.0, Some(true)),
        (AtLeast, 9.0, Bound::AtMost, 5.0, None),
        (AtLeast, 9.0, Bound::AtMost, 10.0, Some(false)),
        (Equal, 9.0, Bound::AtLeast, 50.0, None),
        (Equal, 9.0, Bound::AtLeast, 5.0, Some(false)),
        (Equal, 9.0, Bound::Exact, 9.0, Some(true)),
    ] {
        assert_eq!(comparison.holds((value, bound), number), expected, "{comparison:?} {value} {bound:?} {number}");
    }
}

fn text() -> impl Strategy<Value = String> {
    "[a-z0-9][a-z0-9.]{0,8}".prop_filter("a flag is no word", |word| named(&FLAGS, word).is_none())
}

fn what() -> impl Strategy<Value = What> {
    let side = prop::sample::select(vec![Side::Asked, Side::Served, Side::Either]);
    let kind = prop::sample::select(KINDS.map(|(_, kind)| kind).to_vec());
    let sign = prop::sample::select(COMPARISONS.map(|(_, sign)| sign).to_vec());
    let flag = prop::sample::select(FLAGS.map(|(_, flag)| flag).to_vec());
    prop_oneof![
        text().prop_map(What::Word),
        (side, text()).prop_map(|(side, tier)| What::Tier(side, tier)),
        text().prop_map(What::Provider),
        text().prop_map(What::Model),
        text().prop_map(What::Scope),
        kind.prop_map(What::Kind),
        (prop::option::of(text()), text()).prop_map(|(key, value)| What::Tag(key, value)),
        (prop::sample::select(SortKey::NUMBERS.to_vec()), sign, -1e12..1e12_f64)
            .prop_map(|(key, sign, number)| What::Number(key, sign, number)),
        flag.prop_map(What::Flag),
    ]
}

proptest! {
    #[test]
    fn any_text_is_a_filter(text in any::<String>(), more in "[-!:<>=a-z0-9$%. ]{0,40}") {
        let _ = (parse(&text), parse(&more));
        let printed = parse(&more).to_string();
        prop_assert_eq!(parse(&printed).to_string(), printed);
    }

    #[test]
    fn terms_that_are_printed_read_the_same(terms in prop::collection::vec((any::<bool>(), what()), 0..6)) {
        let terms = terms.into_iter().map(|(negated, what)| Term { negated, what }).collect();
        let query = Query { terms, problem: None };
        prop_assert_eq!(parse(&query.to_string()), query);
    }

    #[test]
    fn a_filter_is_never_longer_than_its_limit(keys in prop::collection::vec(any::<char>(), 0..300), pasted in any::<String>()) {
        let mut filter = Filter { typing: true, ..Filter::default() };
        for key in &keys {
            filter.press(&key.to_string());
        }
        filter.insert(&pasted);
        prop_assert!(filter.text.chars().count() <= LONGEST && !filter.text.contains(char::is_control));
    }
}

//! How much the endpoints of `healthy` use, and how long answers take.

use std::time::Instant;

use super::*;

#[test]
fn healthy_use() {
    let world = world("healthy");
    for source in &world.sources {
        let used = series("EstimatedTPMQuotaUsage", &[("ModelId", &source.spec.id)]);
        let points = sums(&world, &used);
        let top = points.values().copied().fold(0.0, f64::max);
        let mean = points.values().sum::<f64>() / 180.0;
        let limit = world.pools[source.pool].limit.tokens.unwrap_or(f64::NAN);
        println!(
            "{:55} {:6.1} rpm  limit {limit:>11}  mean {:5.2} %  top {:5.2} %",
            source.spec.id,
            source.spec.rpm,
            mean / limit * 100.0,
            top / limit * 100.0
        );
        assert!(limit.is_nan() || top < 0.7 * limit);
    }
}

#[test]
fn thousands_of_series_hold_together() {
    let world = world("healthy");
    let begin = Instant::now();
    let all = world.list_metrics(NOW, true);
    let points: usize = all.iter().map(|one| sums(&world, one).len()).sum();
    println!("healthy: {} series, {points} points in {:?}", all.len(), begin.elapsed());
    let huge = super::world("huge");
    let begin = Instant::now();
    let all = huge.list_metrics(NOW, true);
    println!("huge: first list of {} series in {:?}", all.len(), begin.elapsed());
    let begin = Instant::now();
    let points: usize = all.iter().map(|one| sums(&huge, one).len()).sum();
    println!("huge: {points} points in {:?}", begin.elapsed());
    let begin = Instant::now();
    println!("huge: all {} series in {:?}", huge.list_metrics(NOW, false).len(), begin.elapsed());
    assert!((1_500..2_600).contains(&all.len()), "{}", all.len());
    let begin = Instant::now();
    let most = world.statistic(
        NOW,
        &series("OutputTokenCount", &[("ModelId", SONNET)]),
        "Maximum",
        86_400,
        NOW - 14 * 86_400,
        NOW,
    );
    println!("healthy: fourteen days of one series in {:?}: {most:?}", begin.elapsed());
}

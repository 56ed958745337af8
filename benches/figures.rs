//! Prints the figures that the program is measured by: `cargo bench --bench figures`. Nothing is asserted; targets stand beside the numbers.
//!
//! The dashboard runs in a pseudo-terminal of 120×40, the simulated account in a process of its own, so that memory and processor time are the client's alone.

#![expect(clippy::expect_used, reason = "a figure that cannot be measured is best said at once")]

use std::{
    collections::BTreeSet,
    fs,
    io::Read,
    num::NonZero,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::{Duration, Instant},
};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use ratatui::backend::TestBackend;
use tiertop::{
    app::{event::Event, state::State, update::update},
    domain::{
        catalog::{Catalog, LifecycleDates, Listing, Model},
        discovery::{Discovery, Meter},
        governing::GoverningQuotas,
        matching::Pins,
        metric::{Listed, Metric, Namespace, SeriesKey},
        polling::{Breadth, Plan},
        quota::{Quota, QuotaTable},
        tier::{Tier, TierPair},
    },
    ui::{self, Palette, Theme},
};

#[path = "../tests/it/support.rs"]
#[expect(dead_code, clippy::unwrap_used, reason = "the tests' account, of which the figures use a part")]
mod support;

const BINARY: &str = env!("CARGO_BIN_EXE_tiertop");
const ROWS: NonZero<u16> = NonZero::new(40).unwrap();
const COLUMNS: NonZero<u16> = NonZero::new(120).unwrap();
const RUNS: usize = 7;
const PATIENCE: Duration = Duration::from_secs(30);

fn main() {
    polling_cost();
    matching();
    diagnosis();
    frames();
    start();
    let sim = Sim::start("huge");
    huge_snapshot(&sim);
    memory(&sim);
    drop(sim);
    idle();
    written();
    quit_while_calls_hang();
}

fn line(what: &str, measured: &str, target: &str) {
    println!("{what:<58} {measured:>22}   ({target})");
}

/// Nine endpoints that stream, cache and report one tier pair each.
fn polling_cost() {
    let active: BTreeSet<Meter> =
        (0..9).map(|n| Meter { namespace: Namespace::Bedrock, endpoint: format!("model-{n}").into() }).collect();
    let pair = TierPair { asked: Tier::Standard, served: Some(Tier::Standard) };
    let listed = |key: SeriesKey| Listed { name: key.metric.name(key.namespace).unwrap_or_default().into(), key };
    let series: Vec<Listed> = active
        .iter()
        .flat_map(|meter| {
            let plain = [Metric::TimeToFirstToken, Metric::EstimatedTpmQuotaUsage, Metric::CacheReadInputTokenCount];
            let plain = plain.map(|metric| listed(meter.series(metric)));
            plain.into_iter().chain([listed(meter.tier_series(Metric::EstimatedTpmQuotaUsage, &pair))])
        })
        .collect();
    let mut discovery = Discovery::default();
    discovery.apply(Namespace::Bedrock, true, &series);
    let quiet = BTreeSet::from([Metric::InvocationThrottles, Metric::InvocationServerErrors]);
    for (what, explained) in [("quiet, some 4xx", &quiet), ("errors of every kind", &BTreeSet::new())] {
        let plan = Plan {
            discovery: &discovery,
            active: &active,
            watched: &BTreeSet::new(),
            shown: &BTreeSet::new(),
            explained,
            urgent: &BTreeSet::new(),
        };
        let queries = (plan.queries(Breadth::Narrow).len(), plan.queries(Breadth::Wide).len());
        let measured = format!("≤ ${:.2}/day", plan.usd_per_day());
        line(&format!("polling nine endpoints, {what}: {queries:?} queries"), &measured, "≤ $0.60/day");
    }
}

/// The whole table of the simulated account: names decoded, labels matched with every model, rivals and endpoints found. And a table that no service has.
fn matching() {
    let rows = |table: &'static str| table.lines().filter(|line| !line.starts_with('#')).map(|line| line.split('\t'));
    let models: Vec<Model> = rows(include_str!("../assets/sim/models.tsv"))
        .filter_map(|mut row| {
            let (id, name, provider) = (row.next()?, row.next()?, row.next()?);
            let (id, arn) = (id.into(), format!("arn:aws:bedrock:us-east-1::foundation-model/{id}").into());
            let (name, provider) = (name.to_owned(), provider.to_owned());
            let inference_types = vec!["ON_DEMAND".to_owned()];
            Some(Model { id, arn, name, provider, lifecycle: None, dates: LifecycleDates::default(), inference_types })
        })
        .collect();
    let quota = |code: &str, name: String| Quota {
        code: code.into(),
        name,
        applied: Some(1.0),
        default: None,
        adjustable: false,
        error: None,
        default_error: None,
    };
    let table = |quotas| QuotaTable { quotas, applied_listed: true, defaults_listed: true };
    let named = rows(include_str!("../assets/sim/quotas.tsv"));
    let real = table(named.filter_map(|mut row| Some(quota(row.next()?, row.next()?.to_owned()))).collect());
    let name = |n| format!("On-demand model inference tokens per minute for Anthropic Claude Opus {n}.7");
    let large = table((0..100_000).map(|n| quota(&format!("L-{n}"), name(n))).collect());
    let catalog = Catalog::new(&Listing { models: models.clone(), profiles: vec![] });
    let timed = |table: &QuotaTable| {
        let begin = Instant::now();
        let governing = GoverningQuotas::new(table, &catalog, &models, &Pins::new());
        assert_eq!(governing.quotas().len(), table.quotas.len());
        begin.elapsed()
    };
    let what = format!("{} quotas matched with {} models, median and worst of 200", real.quotas.len(), models.len());
    line(&what, &spread((0..200).map(|_| timed(&real)).collect()), "< 10 ms");
    line("100,000 quotas of as many names, of 3", &spread((0..3).map(|_| timed(&large)).collect()), "no target");
}

/// The dumps of a whole account whose quotas are 0, from the start of the program to its last line: reading, matching, reckoning, examining, printing.
fn diagnosis() {
    let home = support::Home::new();
    let rows = |table: &'static str| table.lines().filter(|line| !line.starts_with('#')).map(|line| line.split('\t'));
    let quotas: Vec<serde_json::Value> = rows(include_str!("../assets/sim/quotas.tsv"))
        .filter_map(|mut row| {
            let (code, name) = (row.next()?, row.next()?);
            let arn = format!("arn:aws:servicequotas:us-east-1:111122223333:bedrock/{code}");
            Some(serde_json::json!({"ServiceCode": "bedrock", "QuotaCode": code, "QuotaName": name, "QuotaArn": arn, "Value": 0.0, "Adjustable": true}))
        })
        .collect();
    let models: Vec<serde_json::Value> = rows(include_str!("../assets/sim/models.tsv"))
        .filter_map(|mut row| {
            let (id, name, provider) = (row.next()?, row.next()?, row.next()?);
            let arn = format!("arn:aws:bedrock:us-east-1::foundation-model/{id}");
            Some(serde_json::json!({"modelId": id, "modelArn": arn, "modelName": name, "providerName": provider, "inferenceTypesSupported": ["ON_DEMAND"]}))
        })
        .collect();
    let count = quotas.len();
    home.write("q.json", &serde_json::json!({ "Quotas": quotas }).to_string());
    home.write("m.json", &serde_json::json!({ "modelSummaries": models }).to_string());
    let times = (0..50).map(|_| {
        let begin = Instant::now();
        let output =
            home.tiertop(&["doctor", "--quotas", "q.json", "--models", "m.json"]).current_dir(home.path()).output();
        assert_eq!(output.expect("the doctor runs").status.code(), Some(1));
        begin.elapsed()
    });
    let what = format!("doctor on a dump of {count} quotas, whole run, median and worst of 50");
    line(&what, &spread(times.collect()), "< 50 ms");
}

fn start() {
    let runs: Vec<(Duration, Duration)> = (0..RUNS)
        .map(|_| {
            let begin = Instant::now();
            let mut screen = Screen::open(&["demo"], &[]);
            let frame = screen.wait(begin, |text| text.contains("tiertop"));
            let data = screen.wait(begin, |text| text.contains("TPM") && text.contains('%') && text.contains("Claude"));
            (frame, data)
        })
        .collect();
    line("demo: process start to first frame, median", &median(runs.iter().map(|run| run.0)), "≤ 100 ms");
    line("demo: process start to data in the table, median", &median(runs.iter().map(|run| run.1)), "≤ 1 s");
}

/// How long a frame of the largest account takes, and from a key to the frame that shows it, in this process: no terminal.
fn frames() {
    let mut run = support::Run::polled(support::scenario("huge"));
    run.minute();
    let theme = Theme::new(Palette::Dark, false);
    let mut terminal = ratatui::Terminal::new(TestBackend::new(200, 60)).expect("a terminal");
    let mut draw = |state: &State| {
        terminal.draw(|frame| ui::draw(frame, state, &theme)).expect("a frame");
    };
    let frames = (0..200)
        .map(|_| {
            let begin = Instant::now();
            draw(&run.state);
            begin.elapsed()
        })
        .collect();
    line("huge: a frame at 200×60, median and worst of 200", &spread(frames), "< 8 ms");
    let mut now = run.now();
    let mut pressed = |run: &mut support::Run, key: &str, now| {
        let begin = Instant::now();
        update(&mut run.state, Event::Key(key.into()), now);
        draw(&run.state);
        begin.elapsed()
    };
    let keys = (0..200).map(|n| pressed(&mut run, if n / 60 % 2 == 0 { "j" } else { "k" }, now)).collect();
    line("huge: a key to its frame at 200×60, median and worst of 200", &spread(keys), "< 16 ms");
    for _ in 0..5 {
        run.send(Event::Key("t".into()));
    }
    for _ in 0..30 {
        run.pass(1);
        run.tick();
    }
    now = run.now();
    let keys = (0..50).map(|_| pressed(&mut run, "h", now)).collect();
    line("huge: the same with 14 days in the charts, of 50", &spread(keys), "< 16 ms");
}

fn spread(mut times: Vec<Duration>) -> String {
    times.sort();
    let milliseconds = |time: Duration| time.as_secs_f64() * 1000.0;
    format!("{:.1} ms, {:.1} ms", milliseconds(times[times.len() / 2]), milliseconds(times[times.len() - 1]))
}

fn huge_snapshot(sim: &Sim) {
    let mut polled = String::new();
    let times: Vec<Duration> = (0..3)
        .map(|_| {
            let begin = Instant::now();
            let output = sim.client().args(["snapshot", "--format", "json"]).output().expect("snapshot runs");
            polled = String::from_utf8_lossy(&output.stdout).into_owned();
            begin.elapsed()
        })
        .collect();
    line("huge: snapshot over loopback, median of 3", &median(times.into_iter()), "≤ 2 s");
    let document: serde_json::Value = serde_json::from_str(&polled).expect("a snapshot");
    let queries = document["metric_queries"].as_u64().unwrap_or_default();
    let calls = document["calls"].as_array().into_iter().flatten();
    let calls: u64 =
        calls.filter(|call| call["operation"] == "GetMetricData").filter_map(|c| c["count"].as_u64()).sum();
    let measured = format!("{calls} calls, {queries} queries");
    line(
        "huge: GetMetricData of a snapshot's two polls",
        &measured,
        &format!("⌈q÷500⌉ each: {} + 1", queries.div_ceil(500)),
    );
}

fn memory(sim: &Sim) {
    let mut screen = Screen::open(&["--endpoint-url", &sim.url], &environment());
    screen.wait(Instant::now(), |text| text.contains("TPM") && text.contains("next"));
    thread::sleep(Duration::from_secs(70));
    let status = fs::read_to_string(format!("/proc/{}/status", screen.pid())).unwrap_or_default();
    let kilobytes = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name)).unwrap_or_default();
        line.split_whitespace().nth(1).and_then(|number| number.parse::<u64>().ok()).unwrap_or_default()
    };
    let measured = format!("{} MB, peak {} MB", kilobytes("VmRSS") / 1024, kilobytes("VmHWM") / 1024);
    line("huge: resident memory after two polls, dashboard", &measured, "< 60 MB");
}

fn idle() {
    let sim = Sim::start("healthy");
    let mut screen = Screen::open(&["--endpoint-url", &sim.url], &environment());
    screen.wait(Instant::now(), |text| text.contains("TPM"));
    let ticks = || {
        let stat = fs::read_to_string(format!("/proc/{}/stat", screen.pid())).unwrap_or_default();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let number = |index: usize| fields.get(index).and_then(|field| field.parse::<f64>().ok()).unwrap_or_default();
        number(11) + number(12)
    };
    let (before, begin) = (ticks(), Instant::now());
    thread::sleep(Duration::from_mins(1));
    // A tick of /proc is a hundredth of a second on Linux.
    let percent = (ticks() - before) / begin.elapsed().as_secs_f64();
    line("healthy: processor time while idle, one poll in it", &format!("{percent:.2} % of a core"), "< 1 %");
}

/// Frames and bytes of a minute at 120×40: as it goes on, and frozen.
fn written() {
    let sim = Sim::start("healthy");
    let mut screen = Screen::open(&["--endpoint-url", &sim.url], &environment());
    // The last days of the rows come after the table: then latencies are compared with what is usual.
    let is_compared = |word: &str| word.starts_with(['+', '-']) && word.ends_with('%');
    screen.wait(Instant::now(), |text| text.contains("TPM") && text.split_whitespace().any(is_compared));
    screen.drain();
    thread::sleep(Duration::from_mins(1));
    let (frames, bytes) = screen.drain();
    let measured = format!("{frames} frames, {} bytes each", bytes / frames.max(1));
    line("healthy: written in a minute, one poll in it", &measured, "one each 10 s, and the poll's");
    screen.press("p");
    screen.wait(Instant::now(), |text| text.contains("PAUSED"));
    screen.drain();
    thread::sleep(Duration::from_mins(1));
    let (frames, bytes) = screen.drain();
    line("healthy: written in a minute while nothing changes", &format!("{frames} frames, {bytes} bytes"), "0");
}

fn quit_while_calls_hang() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let environment = environment();
    let mut screen = Screen::open(&["--endpoint-url", &url, "--region", "us-east-1"], &environment);
    screen.wait(Instant::now(), |text| text.contains("loading") || text.contains("no data"));
    let begin = Instant::now();
    screen.press("q");
    let _ = screen.child.wait();
    line("quit while calls hang", &format!("{} ms", begin.elapsed().as_millis()), "< 200 ms");
}

fn median(times: impl Iterator<Item = Duration>) -> String {
    let mut times: Vec<Duration> = times.collect();
    times.sort();
    format!("{} ms", times[times.len() / 2].as_millis())
}

fn scratch() -> PathBuf {
    let folder = std::env::temp_dir().join(format!("tiertop-figures-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a scratch folder");
    folder
}

fn environment() -> Vec<(String, String)> {
    let home = scratch().display().to_string();
    [
        ("AWS_ACCESS_KEY_ID", "figures"),
        ("AWS_SECRET_ACCESS_KEY", "figures"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("HOME", &home),
        ("XDG_CACHE_HOME", &home),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

/// A simulated account in a process of its own.
struct Sim {
    child: Child,
    url: String,
}

impl Sim {
    fn start(scenario: &str) -> Self {
        let mut child = Command::new(BINARY)
            .args(["sim", "--port", "0", "--scenario", scenario])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the simulator starts");
        let mut text = String::new();
        let mut out = child.stdout.take().expect("its output");
        let mut byte = [0];
        while !text.ends_with('\n') && out.read(&mut byte).is_ok_and(|read| read == 1) {
            text.push(char::from(byte[0]));
        }
        let url = text.split_whitespace().find(|word| word.starts_with("http://")).expect("an address").to_owned();
        Self { child, url }
    }

    fn client(&self) -> Command {
        let mut command = Command::new(BINARY);
        command.envs(environment()).args(["--endpoint-url", &self.url]);
        command
    }
}

impl Drop for Sim {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The program on a pseudo-terminal.
struct Screen {
    child: Box<dyn portable_pty::Child + Send + Sync>,
    master: Box<dyn portable_pty::MasterPty + Send>,
    output: Receiver<Vec<u8>>,
    parser: vt100::Parser,
}

impl Screen {
    fn open(arguments: &[&str], environment: &[(String, String)]) -> Self {
        let size = PtySize { rows: ROWS.get(), cols: COLUMNS.get(), pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("a pseudo-terminal");
        let mut command = CommandBuilder::new(BINARY);
        command.args(arguments);
        for (name, value) in environment {
            command.env(name, value);
        }
        let child = pair.slave.spawn_command(command).expect("the program starts");
        let mut reader = pair.master.try_clone_reader().expect("its output");
        let (sender, output) = mpsc::channel();
        thread::spawn(move || {
            let mut buffer = vec![0; 65_536];
            while let Ok(read @ 1..) = reader.read(&mut buffer) {
                if sender.send(buffer[..read].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self { child, master: pair.master, output, parser: vt100::Parser::new(ROWS, COLUMNS, 0) }
    }

    fn pid(&self) -> u32 {
        self.child.process_id().unwrap_or_default()
    }

    /// How long since `begin` until the screen shows it.
    fn wait(&mut self, begin: Instant, shown: impl Fn(&str) -> bool) -> Duration {
        while begin.elapsed() < PATIENCE {
            if let Ok(bytes) = self.output.recv_timeout(Duration::from_millis(100)) {
                self.parser.process(&bytes);
            }
            if shown(&self.parser.screen().contents()) {
                return begin.elapsed();
            }
        }
        panic!("not shown within {PATIENCE:?}:\n{}", self.parser.screen().contents());
    }

    /// Frames and bytes that came since the last time.
    fn drain(&mut self) -> (usize, usize) {
        let mut bytes = Vec::new();
        while let Ok(more) = self.output.try_recv() {
            bytes.extend(more);
        }
        self.parser.process(&bytes);
        let begin = b"\x1b[?2026h";
        (bytes.windows(begin.len()).filter(|window| window == begin).count(), bytes.len())
    }

    fn press(&mut self, keys: &str) {
        use std::io::Write;
        let mut writer = self.master.take_writer().expect("its input");
        writer.write_all(keys.as_bytes()).expect("a key");
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

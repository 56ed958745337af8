//! What the tests share: an account that runs `update` with the real SDK over the simulated account, minute by minute, and the built binary with a home
//! folder of its own. Nothing here sleeps; whatever is waited for has a generous deadline.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, AtomicU32, Ordering},
    },
    time::Duration,
};

use jiff::Timestamp;
use tiertop::{
    app::{
        doctor::Doctor,
        event::{Ask, Effect, Entered, Event, Examined, Round},
        state::{Feed, Session, State},
        update::update,
    },
    aws::{ConnectOptions, Gateway, connect},
    domain::{
        doctor::{facts::Asked, finding::Report},
        fault::{Fault, Source},
        ids::Region,
        minute::{Minute, Span},
        snapshot::{EndpointRow, PoolRow, Provenance, Snapshot},
    },
    poll::{self, Post},
    sim::{
        Sim,
        connector::SimClient,
        faults::{Kind, Rule},
        scenario::Scenario,
        world::{Call, DEFAULT_ORIGIN, Series, World},
    },
};
use tokio::{runtime::Runtime, sync::mpsc};

/// Nothing that a test waits for may take longer.
pub const DEADLINE: Duration = Duration::from_secs(100);

/// The built-in scenario of this name.
pub fn scenario(name: &str) -> Scenario {
    Scenario::named(name).unwrap()
}

/// The healthy account in which these calls go wrong.
pub fn broken(rules: &[(&str, Kind)]) -> Scenario {
    Scenario { faults: rules.iter().map(|(action, kind)| rule(action, *kind)).collect(), ..scenario("healthy") }
}

fn rule(action: &str, kind: Kind) -> Rule {
    Rule { action: action.into(), kind, ratio: 1.0, delay_ms: 0 }
}

/// The dashboard without a screen on a simulated account whose time the test moves on.
pub struct Run {
    pub state: State,
    pub sim: Sim,
    pub gateway: Gateway,
    /// Every question so far.
    pub asks: Vec<Ask>,
    clock: Arc<AtomicI64>,
    runtime: Runtime,
    events: mpsc::Sender<Event>,
    inbox: mpsc::Receiver<Event>,
    under_way: usize,
    /// The Region that is ready to be entered.
    ready: Arc<Mutex<Option<Gateway>>>,
}

impl Run {
    /// A run on a scenario, nothing asked yet; half a minute past the world's start.
    pub fn new(scenario: Scenario) -> Self {
        let clock = Arc::new(AtomicI64::new(DEFAULT_ORIGIN + 30));
        let time = Arc::clone(&clock);
        let sim = Sim::new(World::new(scenario.clone()), move || time.load(Ordering::SeqCst)).at_pace(0.0);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let options = ConnectOptions {
            http_client: Some(SimClient::shared(sim.clone())),
            simulated: true,
            ..ConnectOptions::default()
        };
        let gateway = runtime.block_on(connect(&options)).unwrap();
        let session = Session {
            profile: None,
            region: gateway.region().clone(),
            provenance: Provenance::Simulated,
            scenario: Some(scenario.name),
        };
        let state = State::new(session, 180, time_of(&clock));
        let (events, inbox) = mpsc::channel(256);
        Self {
            state,
            sim,
            gateway,
            asks: Vec::new(),
            clock,
            runtime,
            events,
            inbox,
            under_way: 0,
            ready: Arc::default(),
        }
    }

    /// As [`Run::new`], after the first poll of everything.
    pub fn polled(scenario: Scenario) -> Self {
        let mut run = Self::new(scenario);
        run.tick();
        run
    }

    /// As [`Run::polled`], as `tiertop snapshot` polls: once, with percentiles of the window.
    pub fn once(scenario: Scenario) -> Self {
        let mut run = Self::new(scenario);
        run.state.once = true;
        run.state.rounds.call_for(Round::Window);
        run.tick();
        assert!(run.state.is_complete());
        run
    }

    /// As [`Run::once`], as `tiertop doctor` looks.
    pub fn examined(scenario: Scenario, asked: Asked, elsewhere: Vec<Region>) -> Self {
        let mut run = Self::new(scenario);
        run.state.once = true;
        run.state.doctor = Doctor::asking_about(asked, elsewhere);
        run.tick();
        assert!(run.state.is_complete());
        run
    }

    /// What the doctor says.
    pub fn report(&self) -> &Report {
        &self.state.doctor.report
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        time_of(&self.clock)
    }

    /// Moves the time on.
    pub fn pass(&self, seconds: i64) {
        self.clock.fetch_add(seconds, Ordering::SeqCst);
    }

    /// A minute passes, and all that it brings.
    pub fn minute(&mut self) {
        self.pass(60);
        self.tick();
    }

    /// A second's tick, and the answers to all that it asks for.
    pub fn tick(&mut self) {
        self.send(Event::Tick);
    }

    /// Gives the program an event, and then every answer that follows from it.
    pub fn send(&mut self, event: Event) {
        self.take(event);
        while self.under_way > 0 {
            let next = self.runtime.block_on(async { tokio::time::timeout(DEADLINE, self.inbox.recv()).await });
            let event = next.unwrap_or_else(|_| panic!("hangs on {:?}", self.state.feeds)).unwrap();
            let ends = matches!(
                event,
                Event::Finished(..)
                    | Event::RegionSwitched(..)
                    | Event::Looked(..)
                    | Event::Examined(_, Examined::Over)
            );
            self.under_way -= usize::from(ends);
            self.take(event);
        }
    }

    /// Carries a question that the test has taken out of what an event asked for, and gives the program every answer that follows.
    pub fn send_asked(&mut self, generation: u64, ask: Ask) {
        let now = self.now();
        self.carry_out(vec![Effect::Ask(generation, ask)], now);
        self.tick();
    }

    fn take(&mut self, event: Event) {
        let now = self.now();
        let effects = update(&mut self.state, event, now);
        self.carry_out(effects, now);
    }

    fn carry_out(&mut self, effects: Vec<Effect>, now: Timestamp) {
        for effect in effects {
            match effect {
                Effect::Ask(generation, ask) => {
                    self.under_way += 1;
                    let post = Post::new(generation, self.events.clone());
                    self.runtime.spawn(poll::run(self.gateway.clone(), ask.clone(), now, post));
                    self.asks.push(ask);
                }
                Effect::Examine(generation, asked) => {
                    self.under_way += 1;
                    let post = Post::new(generation, self.events.clone());
                    self.runtime.spawn(poll::examine(self.gateway.clone(), *asked, now, post));
                }
                Effect::SwitchRegion(generation, region) => {
                    self.under_way += 1;
                    let (here, session) = (self.gateway.clone(), self.state.session.clone());
                    let (ready, events) = (Arc::clone(&self.ready), self.events.clone());
                    self.runtime.spawn(async move {
                        let entered = poll::enter(&here, &region).await.map(|gateway| {
                            *ready.lock().unwrap() = Some(gateway);
                            Box::new(Entered { session: Session { region, ..session }, cached: None })
                        });
                        events.send(Event::RegionSwitched(generation, entered)).await.unwrap();
                    });
                }
                Effect::EnterRegion(region) => {
                    self.gateway = self.ready.lock().unwrap().take().unwrap();
                    assert_eq!(*self.gateway.region(), region);
                }
                Effect::Look(generation, regions) => {
                    self.under_way += regions.len();
                    let post = Post::new(generation, self.events.clone());
                    self.runtime.spawn(poll::look(self.gateway.clone(), regions, post));
                }
                _ => {}
            }
        }
    }

    /// Presses keys one after another, with the answers to all that they ask for.
    pub fn press(&mut self, keys: &[&str]) {
        for key in keys {
            self.send(Event::Key((*key).to_owned()));
        }
    }

    /// Changes the account's scenario from now on.
    pub fn change(&self, with: impl FnOnce(&mut Scenario)) {
        self.sim.with_world(|world| {
            let mut scenario = world.scenario().clone();
            with(&mut scenario);
            *world = World::new_at(scenario, world.origin());
        });
    }

    /// Mends the account: from now on no call is broken.
    pub fn mend(&self) {
        self.break_with(&[]);
    }

    /// Breaks these calls from now on, and no others.
    pub fn break_with(&self, rules: &[(&str, Kind)]) {
        let rules = rules.iter().map(|(action, kind)| rule(action, *kind)).collect();
        self.sim.with_world(|world| {
            *world = World::new_at(Scenario { faults: rules, ..world.scenario().clone() }, world.origin());
        });
    }

    /// What is known.
    pub fn snapshot(&self) -> &Snapshot {
        &self.state.snapshot
    }

    /// An endpoint's row.
    pub fn row(&self, id: &str) -> &EndpointRow {
        self.snapshot().endpoints.iter().find(|row| row.endpoint.id.as_str() == id).unwrap_or_else(|| panic!("{id}"))
    }

    /// The rows of endpoints with traffic.
    pub fn active(&self) -> Vec<&EndpointRow> {
        self.snapshot().endpoints.iter().filter(|row| row.active).collect()
    }

    /// The pool that an endpoint belongs to.
    pub fn pool(&self, id: &str) -> &PoolRow {
        let at = self.snapshot().endpoints.iter().position(|row| row.endpoint.id.as_str() == id).unwrap();
        self.snapshot().pools.iter().find(|pool| pool.members.contains(&at)).unwrap()
    }

    /// How a source stands.
    pub fn feed(&self, source: Source) -> &Feed {
        &self.state.feeds[&source]
    }

    /// A source's fault.
    pub fn fault(&self, source: Source) -> Option<&Fault> {
        self.feed(source).fault.as_ref()
    }

    /// The sources that have a fault.
    pub fn faulty(&self) -> Vec<Source> {
        Source::ALL.into_iter().filter(|source| self.fault(*source).is_some()).collect()
    }

    /// The window that counts are summed over.
    pub fn window(&self) -> Span {
        self.snapshot().window.unwrap()
    }

    /// A series' minutes as they stand once nothing is revised any more, None where there is no point.
    pub fn truth(&self, endpoint: &str, metric: &str, span: Span) -> Vec<Option<f64>> {
        let dimensions = vec![("ModelId".to_owned(), endpoint.to_owned())];
        self.truth_of(&Series { namespace: "AWS/Bedrock".into(), metric: metric.into(), dimensions }, "Sum", span)
    }

    /// As [`Run::truth`], of any series.
    pub fn truth_of(&self, series: &Series, stat: &str, span: Span) -> Vec<Option<f64>> {
        let (from, to) = (span.first.start_second(), (span.last + 1).start_second());
        let points = self.sim.with_world(|world| world.statistic(to + 3600, series, stat, 60, from, to));
        let at = |minute: Minute| points.iter().find(|(time, _)| *time == minute.start_second());
        span.minutes().map(|minute| at(minute).map(|(_, value)| *value)).collect()
    }

    /// The sum of a series over the window, as it will stand.
    pub fn true_sum(&self, endpoint: &str, metric: &str) -> f64 {
        self.truth(endpoint, metric, self.window()).into_iter().flatten().sum()
    }

    /// Calls a model of the account, as a user beside us would.
    pub fn invoke(&self, model_id: &str) {
        let now = self.clock.load(Ordering::SeqCst);
        let call = Call {
            model_id: model_id.into(),
            tier: None,
            prompt: "Hello".into(),
            max_tokens: Some(50),
            streaming: false,
        };
        self.sim.with_world(|world| world.invoke(now, &call)).unwrap();
    }
}

fn time_of(clock: &AtomicI64) -> Timestamp {
    Timestamp::from_second(clock.load(Ordering::SeqCst)).unwrap()
}

/// Whether two sums are equal but for the order in which they were added.
pub fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-6 * a.abs().max(b.abs()).max(1.0)
}

/// A home folder of a test's own, gone with it.
pub struct Home(PathBuf);

impl Home {
    pub fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("tiertop-it-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::SeqCst));
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(path.join(".aws/sso/cache")).unwrap();
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Writes a file below it.
    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.0.join(name), text).unwrap();
    }

    /// The variables that the program is given: nothing of the machine's own AWS settings.
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        vec![
            ("HOME", self.0.display().to_string()),
            ("PATH", std::env::var("PATH").unwrap_or_default()),
            ("XDG_CACHE_HOME", self.0.join("cache").display().to_string()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ]
    }

    /// The built binary, with nothing to read.
    pub fn tiertop(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tiertop"));
        command.args(arguments).env_clear().envs(self.variables()).stdin(Stdio::null());
        command
    }

    /// Runs it to its end.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.tiertop(arguments).output().unwrap()
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Keys that mean nothing anywhere.
pub const KEYS: [(&str, &str); 2] =
    [("AWS_ACCESS_KEY_ID", "AKIDTIERTOPTEST00000"), ("AWS_SECRET_ACCESS_KEY", "tiertop-test-secret-0123456789")];

/// What a program wrote.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Exit code 2, nothing on stdout, one line on stderr that holds this.
pub fn refused(output: &Output, words: &[&str]) {
    let error = text(&output.stderr);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(2), String::new()), "{error}");
    assert_eq!(error.trim_end().lines().count(), 1, "{error}");
    for word in words {
        assert!(error.contains(word), "{error:?} lacks {word:?}");
    }
}

/// A simulator on a free port, ended with the test.
pub struct Simulator {
    pub child: Child,
    pub url: String,
}

impl Simulator {
    /// On this scenario.
    pub fn start(home: &Home, scenario: &str) -> Self {
        let mut child =
            home.tiertop(&["sim", "--port", "0", "--scenario", scenario]).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let url = line.split_whitespace().find(|word| word.starts_with("http://")).unwrap().to_owned();
        Self { child, url }
    }

    /// Sends it a signal.
    pub fn signal(&self, name: &str) {
        let status = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status().unwrap();
        assert!(status.success());
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

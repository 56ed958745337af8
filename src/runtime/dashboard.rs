//! The event loop with a screen: everything that happens comes down one `select!`, goes through `update`, and is drawn if it changed anything.

use std::{collections::VecDeque, time::Duration};

use crossterm::event::{Event as TerminalEvent, EventStream};
use futures_util::StreamExt;
use tokio::{
    sync::mpsc,
    time::{Instant, MissedTickBehavior, interval},
};

use super::{
    Looks, Outcome, Problem, Settings, Target, background, block_on, browser, clock, connection::Connection,
    effects::Hands, files, keyboard, logging, looks, mouse, signals, terminal::Terminal,
};
use crate::{
    app::{
        event::{Asked, CopyWhat, Effect, Event},
        state::State,
        update::update,
    },
    domain::{
        fault::{Fault, Source},
        snapshot::Provenance,
    },
    ui::{self, Theme, copy},
};

/// Events that may wait for the loop; tasks wait beyond that.
const QUEUE: usize = 256;

/// What goes by time is looked at by the second; that draws a frame only where something shown has changed.
const TICK: Duration = Duration::from_secs(1);

/// Data, and a storm of resizes, is drawn at most thirty times a second.
const FRAME: Duration = Duration::from_millis(33);

/// Keys are drawn at once; where they come in a burst, this far apart.
const KEY_FRAME: Duration = Duration::from_millis(8);

/// Runs the dashboard until the user leaves.
///
/// # Errors
/// Configuration that cannot work, or no terminal: before the screen opens. Credentials that never worked: as soon as STS says so.
pub fn dashboard(target: Target, settings: &Settings, looks: Looks) -> Result<Outcome, Problem> {
    logging::start()?;
    block_on(async {
        let connection = Connection::open(target).await?;
        let mut state = connection.state(settings);
        state.view.redact = looks.redact;
        let (events, inbox) = mpsc::channel(QUEUE);
        let credentials = connection.clone();
        let hands = Hands::new(connection, events);
        let first: Vec<Event> = hands.cached().into_iter().collect();
        // From before the screen is taken, so that no signal leaves it taken.
        let terminated = signals::terminated();
        let job = signals::Job::listen();
        let mut screen = match Screen::open(looks) {
            Ok(screen) => screen,
            Err(error) => {
                // Without credentials there would be nothing to see even with a terminal.
                credentials.check_credentials().await?;
                return Err(Problem::Terminal(error));
            }
        };
        screen.ask_background().await.map_err(Problem::Terminal)?;
        Loop { state: &mut state, hands: &hands, screen, job, bell: settings.bell }.run(first, inbox, terminated).await
    })?
}

/// What comes from the terminal and goes to it.
struct Screen {
    terminal: Terminal,
    theme: Theme,
    input: EventStream,
    /// Input that was read and is not dealt with yet.
    waiting: VecDeque<TerminalEvent>,
    background: background::Background,
    asks: bool,
    drawn: Option<Instant>,
    /// When the next frame is to be drawn at the earliest, after the last; None where nothing changed.
    dirty: Option<Duration>,
}

impl Screen {
    fn open(looks: Looks) -> std::io::Result<Self> {
        let (theme, asks) = looks.theme(|name| std::env::var(name).ok());
        Ok(Self {
            terminal: Terminal::enter(!looks.no_mouse)?,
            theme,
            input: EventStream::new(),
            waiting: VecDeque::new(),
            background: background::Background::default(),
            asks,
            drawn: None,
            dirty: None,
        })
    }

    /// Asks for the background, and waits a moment for the answer. Other input that comes meanwhile is kept; an answer that comes later is taken then.
    async fn ask_background(&mut self) -> std::io::Result<()> {
        if !self.asks {
            return Ok(());
        }
        self.terminal.ask(background::QUESTION)?;
        self.background = background::Background::asked();
        let until = Instant::now() + background::WAIT;
        while self.background.is_open() {
            match tokio::time::timeout_at(until, self.input.next()).await {
                Ok(Some(Ok(event))) => self.hear(event),
                Ok(Some(Err(error))) => return Err(error),
                Ok(None) | Err(_) => break,
            }
        }
        Ok(())
    }

    /// Takes input: what is no answer waits its turn.
    fn hear(&mut self, event: TerminalEvent) {
        match self.background.hear(event) {
            background::Heard::Events(events) => self.waiting.extend(events),
            background::Heard::Piece => {}
            background::Heard::Answer(light) => {
                if let Some(light) = light {
                    self.theme.palette = looks::for_background(self.theme.palette, light);
                    self.dirty.get_or_insert(Duration::ZERO);
                }
            }
        }
    }

    /// The next input; None at the terminal's end.
    async fn next(&mut self) -> Option<TerminalEvent> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Some(event);
            }
            match self.input.next().await {
                Some(Ok(event)) => self.hear(event),
                Some(Err(_)) | None => return None,
            }
        }
    }

    fn draw(&mut self, state: &State) -> std::io::Result<()> {
        self.terminal.draw(|frame| ui::draw(frame, state, &self.theme))?;
        self.drawn = Some(Instant::now());
        self.dirty = None;
        Ok(())
    }

    /// Something changed: it is drawn so long after the last frame, or earlier if something else asks for that.
    fn touch(&mut self, after: Duration) {
        self.dirty = Some(self.dirty.map_or(after, |dirty| dirty.min(after)));
    }

    /// When the next frame may be drawn; None where nothing changed.
    fn due(&self) -> Option<Instant> {
        let after = self.dirty?;
        Some(self.drawn.map_or_else(Instant::now, |drawn| drawn + after))
    }
}

struct Loop<'a> {
    state: &'a mut State,
    hands: &'a Hands,
    screen: Screen,
    job: signals::Job,
    /// Whether the bell rings when a quota's value changes.
    bell: bool,
}

impl Loop<'_> {
    async fn run(
        mut self,
        first: Vec<Event>,
        mut inbox: mpsc::Receiver<Event>,
        terminated: impl Future<Output = ()>,
    ) -> Result<Outcome, Problem> {
        self.screen.draw(self.state).map_err(Problem::Terminal)?;
        for event in first.into_iter().chain([Event::Tick]) {
            self.hands.carry_out(update(self.state, event, clock::now()));
        }
        self.screen.touch(FRAME);
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        tokio::pin!(terminated);
        loop {
            let due = self.screen.due();
            let event = tokio::select! {
                biased;
                () = &mut terminated => return Ok(Outcome::Interrupted),
                said = self.job.said() => {
                    self.shell(said).map_err(Problem::Terminal)?;
                    continue;
                }
                input = self.screen.next() => match input {
                    // In raw mode Ctrl-C comes as a key; it means what the signal means.
                    Some(TerminalEvent::Key(key)) if keyboard::is_interrupt(key) => return Ok(Outcome::Interrupted),
                    Some(event) => match self.event_of(&event) {
                        Some(event) => event,
                        None => continue,
                    },
                    // The terminal is gone: as good as a hang-up.
                    None => return Ok(Outcome::Interrupted),
                },
                () = until(due) => {
                    self.screen.draw(self.state).map_err(Problem::Terminal)?;
                    continue;
                }
                Some(event) = inbox.recv() => event,
                _ = tick.tick() => Event::Tick,
            };
            if let Some(fault) = self.never_signed_in(&event) {
                return Err(Problem::Credentials(fault));
            }
            let after = if matches!(event, Event::Key(_) | Event::Pointed(_)) { KEY_FRAME } else { FRAME };
            self.screen.touch(after);
            let effects = update(self.state, event, clock::now());
            self.end_scrolling();
            for effect in self.hands.carry_out(effects) {
                if effect == Effect::Quit {
                    return Ok(Outcome::Done);
                }
                self.at_the_screen(effect).map_err(Problem::Terminal)?;
            }
        }
    }

    /// The fault of credentials that have never worked in this run: nothing will ever be seen with them, so it is said in one sentence.
    fn never_signed_in(&self, event: &Event) -> Option<Fault> {
        let Event::Finished(_, Asked::Source(Source::Identity), Some(fault)) = event else { return None };
        let is_real = self.state.session.provenance != Provenance::Simulated;
        let never = self.state.feeds.values().all(|feed| feed.last_good.is_none() || feed.from_cache);
        (is_real && never && fault.kind.is_about_credentials()).then(|| fault.clone())
    }

    /// Tells the program how far what is open can be scrolled, and from where on it is shown so that what is typed is seen.
    fn end_scrolling(&mut self) {
        let size = self.screen.terminal.size();
        if let Some(lines) = ui::scroll_at_most(self.state, &self.screen.theme, size) {
            self.tell(Event::ScrollEnds(lines));
        }
        if let Some(line) = ui::show_from(self.state, &self.screen.theme, size) {
            self.tell(Event::ShowFrom(line));
        }
    }

    fn event_of(&self, event: &TerminalEvent) -> Option<Event> {
        match event {
            TerminalEvent::Key(key) => keyboard::name(*key).map(Event::Key),
            TerminalEvent::Paste(text) => Some(Event::Pasted(text.clone())),
            TerminalEvent::Resize(..) => Some(Event::Resized),
            TerminalEvent::Mouse(event) => {
                mouse::pointed(self.state, self.screen.terminal.size(), *event).map(Event::Pointed)
            }
            TerminalEvent::FocusGained | TerminalEvent::FocusLost => None,
        }
    }

    fn at_the_screen(&mut self, effect: Effect) -> std::io::Result<()> {
        match effect {
            Effect::Copy(what) => self.copy(what),
            Effect::Save(what) => {
                self.save(what);
                Ok(())
            }
            Effect::OpenLink(address) => self.open(&address),
            Effect::Ring if self.bell => self.screen.terminal.ring(),
            Effect::Suspend => self.suspend(true),
            // These need no screen.
            _ => Ok(()),
        }
    }

    fn copy(&mut self, what: CopyWhat) -> std::io::Result<()> {
        let said = match copy::text(self.state, what) {
            Ok(text) => {
                self.screen.terminal.copy(&text, std::env::var_os("TMUX").is_some())?;
                copy::notice(&text)
            }
            Err(why) => why.to_owned(),
        };
        self.say(said);
        Ok(())
    }

    fn save(&mut self, what: CopyWhat) {
        let said = match copy::whole(self.state, what) {
            None => "there is nothing to save here".to_owned(),
            Some(text) => match files::save(&text, clock::now()) {
                Ok(path) => format!("saved for you alone: {}", path.display()),
                Err(error) => format!("not saved: {error}"),
            },
        };
        self.say(said);
    }

    fn open(&mut self, address: &str) -> std::io::Result<()> {
        if !browser::is_at_hand(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty())) {
            self.screen.terminal.copy(address, std::env::var_os("TMUX").is_some())?;
            self.say("no browser here: the link is in the clipboard, if the terminal takes it".to_owned());
            return Ok(());
        }
        let said = match browser::open(address) {
            Ok(()) => "opened in the browser".to_owned(),
            Err(error) => format!("the browser did not open: {error}"),
        };
        self.say(said);
        Ok(())
    }

    fn say(&mut self, text: String) {
        self.tell(Event::Said(text));
        self.screen.touch(KEY_FRAME);
    }

    /// Gives the program an event that leaves nothing to be done at the screen. A source may be due at any event, so what is asked is asked.
    fn tell(&mut self, event: Event) {
        self.hands.carry_out(update(self.state, event, clock::now()));
    }

    fn shell(&mut self, said: signals::Shell) -> std::io::Result<()> {
        match said {
            signals::Shell::Wants => self.suspend(false),
            signals::Shell::Returned => self.returned(),
        }
    }

    /// Gives the terminal back and stops until the shell lets us go on.
    fn suspend(&mut self, all: bool) -> std::io::Result<()> {
        if !signals::has_shell() {
            self.say("there is no shell to go back to".to_owned());
            return Ok(());
        }
        super::terminal::restore();
        signals::stop(all)?;
        self.returned()
    }

    /// Whatever was done to the terminal meanwhile is undone.
    fn returned(&mut self) -> std::io::Result<()> {
        self.screen.terminal.retake()?;
        self.screen.draw(self.state)
    }
}

async fn until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}

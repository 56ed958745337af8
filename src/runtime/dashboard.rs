//! The event loop with a screen: everything that happens comes down one `select!`, goes through `update`, and is drawn if it changed anything.

use std::time::Duration;

use crossterm::event::{Event as TerminalEvent, EventStream};
use futures_util::StreamExt;
use tokio::{
    sync::mpsc,
    time::{Instant, MissedTickBehavior, interval},
};

use super::{
    Outcome, Problem, Target, block_on, clock, connection::Connection, effects::Hands, keyboard, logging, signals,
    terminal::Terminal,
};
use crate::{
    app::{event::Event, state::State, update::update},
    ui::{self, Palette, Theme},
};

/// Events that may wait for the loop; tasks wait beyond that.
const QUEUE: usize = 256;

/// Ages and countdowns are shown by the second.
const TICK: Duration = Duration::from_secs(1);

/// Data is drawn at most thirty times a second; keys at once.
const FRAME: Duration = Duration::from_millis(33);

/// Runs the dashboard until the user leaves.
///
/// # Errors
/// Configuration or credentials that cannot work, or no terminal: before the screen opens.
pub fn dashboard(target: Target, window_minutes: i64) -> Result<Outcome, Problem> {
    logging::start()?;
    block_on(async {
        let connection = Connection::open(target).await?;
        let identity = connection.check_credentials().await?;
        let mut state = connection.state(window_minutes);
        let (events, inbox) = mpsc::channel(QUEUE);
        let hands = Hands::new(connection, events);
        let mut first: Vec<Event> = hands.cached().into_iter().collect();
        first.extend(identity);
        // From before the screen is taken, so that no signal leaves it taken.
        let terminated = signals::terminated();
        let screen = Screen::open().map_err(Problem::Terminal)?;
        run(&mut state, first, &hands, inbox, screen, terminated).await
    })?
}

struct Screen {
    terminal: Terminal,
    theme: Theme,
    drawn: Option<Instant>,
    dirty: bool,
}

impl Screen {
    fn open() -> std::io::Result<Self> {
        let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let theme = Theme::new(if no_colour { Palette::NoColour } else { Palette::Dark }, false);
        Ok(Self { terminal: Terminal::enter()?, theme, drawn: None, dirty: true })
    }

    fn draw(&mut self, state: &State) -> std::io::Result<()> {
        self.terminal.draw(|frame| ui::draw(frame, state, &self.theme))?;
        self.drawn = Some(Instant::now());
        self.dirty = false;
        Ok(())
    }

    /// When the next frame may be drawn; None where nothing changed.
    fn due(&self) -> Option<Instant> {
        self.dirty.then(|| self.drawn.map_or_else(Instant::now, |drawn| drawn + FRAME))
    }
}

async fn run(
    state: &mut State,
    first: Vec<Event>,
    hands: &Hands,
    mut inbox: mpsc::Receiver<Event>,
    mut screen: Screen,
    terminated: impl Future<Output = ()>,
) -> Result<Outcome, Problem> {
    screen.draw(state).map_err(Problem::Terminal)?;
    for event in first.into_iter().chain([Event::Tick]) {
        hands.carry_out(update(state, event, clock::now()));
    }
    screen.dirty = true;
    let mut keys = EventStream::new();
    let mut tick = interval(TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    tokio::pin!(terminated);
    loop {
        let due = screen.due();
        let event = tokio::select! {
            biased;
            () = &mut terminated => return Ok(Outcome::Interrupted),
            key = keys.next() => match key {
                // In raw mode Ctrl-C comes as a key; it means what the signal means.
                Some(Ok(TerminalEvent::Key(key))) if keyboard::is_interrupt(key) => return Ok(Outcome::Interrupted),
                Some(Ok(event)) => match from_terminal(&event) {
                    Some(event) => event,
                    None => continue,
                },
                // The terminal is gone: as good as a hang-up.
                Some(Err(_)) | None => return Ok(Outcome::Interrupted),
            },
            () = until(due) => {
                screen.draw(state).map_err(Problem::Terminal)?;
                continue;
            }
            Some(event) = inbox.recv() => event,
            _ = tick.tick() => Event::Tick,
        };
        let at_once = matches!(event, Event::Key(_) | Event::Resized);
        if hands.carry_out(update(state, event, clock::now())) {
            return Ok(Outcome::Done);
        }
        screen.dirty = true;
        if at_once {
            screen.draw(state).map_err(Problem::Terminal)?;
        }
    }
}

fn from_terminal(event: &TerminalEvent) -> Option<Event> {
    match event {
        TerminalEvent::Key(key) => keyboard::name(*key).map(Event::Key),
        TerminalEvent::Paste(text) => Some(Event::Pasted(text.clone())),
        TerminalEvent::Resize(..) => Some(Event::Resized),
        _ => None,
    }
}

async fn until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}

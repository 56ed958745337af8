//! `tiertop sim`: serves the simulated account on the loopback interface until it is told to end.

use std::{
    io::{self, Write},
    net::Ipv4Addr,
};

use tokio::net::TcpListener;

use super::{Outcome, Problem, block_on, connection, logging, signals};
use crate::sim::{scenario::Scenario, server};

/// Serves until Ctrl-C, SIGTERM or SIGHUP.
///
/// # Errors
/// The port cannot be had.
pub fn serve(scenario: Scenario, port: u16) -> Result<Outcome, Problem> {
    logging::start()?;
    block_on(async {
        let problem = |error| Problem::Listen { port, error };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(problem)?;
        let address = listener.local_addr().map_err(problem)?;
        // Whoever reads the address may end the server right away.
        let terminated = signals::terminated();
        announce(&scenario, &format!("http://{address}"));
        let sim = connection::simulated(scenario);
        server::serve(listener, sim, terminated).await.map_err(problem)?;
        Ok(Outcome::Done)
    })?
}

/// Says where the account is. Whoever reads it may have gone after the first line.
fn announce(scenario: &Scenario, url: &str) {
    let text = format!(
        "tiertop sim: scenario {} at {url} (Ctrl-C ends it)\n\
         try: AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=x aws --region us-east-1 --endpoint-url {url} bedrock list-foundation-models\n",
        scenario.name
    );
    let mut out = io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

//! A server on this machine that answers each request with the next of some bytes and keeps what it was asked.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    thread,
};

/// What was asked: head and body.
pub struct Asked {
    pub head: String,
    pub body: String,
}

impl Asked {
    /// A header's value; the names are in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")))
    }
}

/// The server.
pub struct Canned {
    pub url: String,
    pub asked: mpsc::Receiver<Asked>,
}

impl Canned {
    /// Gives this body, of this kind, then closes; with `holds` it leaves the connection open, without an end.
    pub fn start(kind: &'static str, body: &'static str, holds: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (sender, asked) = mpsc::channel();
        thread::spawn(move || {
            let mut held = Vec::new();
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                if sender.send(read(&stream)).is_err() {
                    return;
                }
                let length = if holds { String::new() } else { format!("content-length: {}\r\n", body.len()) };
                let head = format!(
                    "HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\nx-amzn-requestid: id-7\r\n{length}connection: close\r\n\r\n"
                );
                stream.write_all((head + body).as_bytes()).unwrap();
                if holds {
                    held.push(stream);
                }
            }
        });
        Self { url, asked }
    }
}

fn read(stream: &TcpStream) -> Asked {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let (name, value) = line.split_once(':').unwrap_or((&line, ""));
        let line = if value.is_empty() { line.clone() } else { format!("{}:{value}", name.to_ascii_lowercase()) };
        head.push_str(&line);
    }
    let asked = Asked { head, body: String::new() };
    let length: usize = asked.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    Asked { body: String::from_utf8(body).unwrap(), ..asked }
}

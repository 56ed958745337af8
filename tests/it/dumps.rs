//! What the AWS CLI would print of a simulated account, fetched over HTTP page by page: one JSON document after another.

use std::{
    io::{Read, Write},
    net::TcpStream,
    process::Output,
    sync::OnceLock,
};

use serde_json::{Value, json};

use crate::support::{Home, Simulator};

/// The four dumps of an account.
pub struct Dumps {
    pub applied: String,
    pub defaults: String,
    pub models: String,
    pub profiles: String,
}

impl Dumps {
    /// Of the healthy account, fetched once.
    pub fn healthy() -> &'static Self {
        static DUMPS: OnceLock<Dumps> = OnceLock::new();
        DUMPS.get_or_init(|| Self::of("healthy"))
    }

    /// Of an account.
    pub fn of(scenario: &str) -> Self {
        let home = Home::new();
        let simulator = Simulator::start(&home, scenario);
        let address = simulator.url.strip_prefix("http://").unwrap();
        let get = |path: &str| exchange(address, "GET", path, "bedrock", "", "");
        let both = ["SYSTEM_DEFINED", "APPLICATION"]
            .map(|kind| get(&format!("/inference-profiles?type={kind}&maxResults=1000")));
        Self {
            applied: quotas(address, "ListServiceQuotas"),
            defaults: quotas(address, "ListAWSDefaultServiceQuotas"),
            models: get("/foundation-models"),
            profiles: both.concat(),
        }
    }

    /// Writes them as files of a home folder: `q.json`, `d.json`, `m.json`, `p.json`.
    pub fn write(&self, home: &Home) {
        let files = [("q", &self.applied), ("d", &self.defaults), ("m", &self.models), ("p", &self.profiles)];
        for (name, text) in files {
            home.write(&format!("{name}.json"), text);
        }
    }
}

/// Runs `tiertop quotas` in a home folder, with nothing of AWS that could be used: what is read would fail.
pub fn offline(home: &Home, arguments: &[&str]) -> Output {
    without_aws(home, &[&["quotas"], arguments].concat())
}

/// Runs the program so.
pub fn without_aws(home: &Home, arguments: &[&str]) -> Output {
    let nonsense = [
        ("PATH", ""),
        ("AWS_PROFILE", "no-such-profile"),
        ("AWS_REGION", "nowhere at all"),
        ("AWS_CONFIG_FILE", "/nowhere/config"),
        ("AWS_ENDPOINT_URL", "nonsense"),
        ("AWS_CA_BUNDLE", "/nowhere/ca.pem"),
    ];
    let mut command = home.tiertop(arguments);
    command.env_clear().envs(nonsense).current_dir(home.path()).output().unwrap()
}

/// A row as the AWS CLI prints it.
pub fn row(code: &str, name: &str, members: &Value) -> Value {
    let mut row = json!({
        "ServiceCode": "bedrock", "ServiceName": "Amazon Bedrock", "QuotaCode": code, "QuotaName": name, "Value": 5.0, "Unit": "None",
        "QuotaArn": format!("arn:aws:servicequotas:us-east-1:111122223333:bedrock/{code}"), "Adjustable": false, "GlobalQuota": false,
    });
    for (name, value) in members.as_object().unwrap() {
        row[name] = value.clone();
    }
    row
}

fn quotas(address: &str, operation: &str) -> String {
    let (mut pages, mut token) = (String::new(), Value::Null);
    loop {
        let mut asked = json!({"ServiceCode": "bedrock", "MaxResults": 100});
        if token.is_string() {
            asked["NextToken"] = token;
        }
        let target =
            format!("X-Amz-Target: ServiceQuotasV20190624.{operation}\r\nContent-Type: application/x-amz-json-1.1\r\n");
        let page = exchange(address, "POST", "/", "servicequotas", &target, &asked.to_string());
        token = serde_json::from_str::<Value>(&page).unwrap()["NextToken"].take();
        pages.push_str(&page);
        pages.push('\n');
        if token.is_null() {
            return pages;
        }
    }
}

/// One request, one answer.
fn exchange(address: &str, method: &str, path: &str, service: &str, headers: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let scope = format!(
        "AWS4-HMAC-SHA256 Credential=AKID/20261122/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0"
    );
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nAuthorization: {scope}\r\n{headers}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200") && head.to_ascii_lowercase().contains("content-length"), "{head}");
    body.to_owned()
}

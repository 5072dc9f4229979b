//! Chromium, driven through WebDriver: a driver for the whole run, and
//! browsers that one test after the other borrows.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use fantoccini::wd::{Capabilities, WebDriverCompatibleCommand};
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tokio::runtime::{self, Runtime};

/// How long something on a page may take to happen. No test measures by it:
/// a test that passes never waits that long.
const PATIENCE: Duration = Duration::from_secs(20);

/// The first thing that is missing for a browser that is driven, and how to get it.
pub fn missing() -> Option<String> {
    let driver = Command::new("chromedriver")
        .arg("--version")
        .stdin(Stdio::null())
        .output();
    if !driver.is_ok_and(|output| output.status.success()) {
        return Some(
            "`chromedriver` is not on this machine; install it (Debian: `chromium-driver`)".into(),
        );
    }
    site::pdf::chromium()
        .err()
        .map(|error| format!("{error:#}"))
}

/// chromedriver, on a port of its own, until it is dropped.
pub struct Driver {
    process: Child,
    address: String,
}

impl Driver {
    /// Starts it.
    ///
    /// # Errors
    ///
    /// It does not start, or ends without naming its port.
    pub fn start() -> Result<Driver> {
        let mut process = Command::new("chromedriver")
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("chromedriver did not start")?;
        let said = process.stdout.take().context("chromedriver says nothing")?;
        let mut lines = BufReader::new(said).lines().map_while(Result::ok);
        let port = lines.find_map(|line| {
            let port = line.split("successfully on port ").nth(1)?;
            port.trim_end_matches('.').parse::<u16>().ok()
        });
        // What it says later is read, too, so that it never waits for a reader.
        thread::spawn(move || lines.for_each(drop));
        let port = port.context("chromedriver ended before it named its port")?;
        Ok(Driver {
            process,
            address: format!("http://127.0.0.1:{port}"),
        })
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Whether pages may run scripts.
#[derive(Clone, Copy, PartialEq)]
pub enum Scripts {
    On,
    /// As a reader switches them off.
    Off,
}

/// A Chromium of one window, with a fresh profile.
///
/// Its methods panic where the browser fails them: in a test, that is the
/// answer.
pub struct Browser {
    runtime: Runtime,
    client: Option<Client>,
}

/// A command that the WebDriver standard does not name, below the session.
#[derive(Debug)]
struct Extension {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Extension {
    fn endpoint(
        &self,
        base: &url::Url,
        session: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        base.join(&format!(
            "session/{}/{}",
            session.unwrap_or_default(),
            self.path
        ))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.body.to_string()))
    }
}

impl Browser {
    /// Starts one.
    ///
    /// # Errors
    ///
    /// Chromium does not start, or not in the driver's version.
    pub fn start(driver: &Driver, scripts: Scripts) -> Result<Browser> {
        let mut options = json!({
            "args": [
                "--headless=new",
                // Nothing is loaded but our own pages; a container has no
                // namespaces to build a sandbox from.
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                // Whatever a page asks for elsewhere fails here, and is seen.
                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
                // It ends with its driver, however that ends.
                "--remote-debugging-pipe",
                "--window-size=1280,900",
            ],
            "perfLoggingPrefs": { "enableNetwork": true, "enablePage": false },
        });
        if scripts == Scripts::Off {
            options["prefs"] = json!({ "profile.managed_default_content_settings.javascript": 2 });
        }
        options["binary"] = json!(site::pdf::chromium()?);
        let mut wanted = Capabilities::new();
        // The rules for everyone take their time on the print page.
        wanted.insert("timeouts".into(), json!({ "script": 300_000 }));
        wanted.insert("goog:chromeOptions".into(), options);
        wanted.insert(
            "goog:loggingPrefs".into(),
            json!({ "browser": "ALL", "performance": "ALL" }),
        );
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let client = runtime
            .block_on(
                ClientBuilder::new(HttpConnector::new())
                    .capabilities(wanted)
                    .connect(&driver.address),
            )
            .map_err(|error| anyhow!("Chromium did not start: {error}"))?;
        let browser = Browser {
            runtime,
            client: Some(client),
        };
        browser.cdp("Network.enable", json!({}));
        Ok(browser)
    }

    fn client(&self) -> &Client {
        self.client.as_ref().expect("it is there until the drop")
    }

    /// Forgets what a test before did: sizes, media, what was stored and said.
    pub fn refresh(&self) {
        self.cdp("Emulation.clearDeviceMetricsOverride", json!({}));
        self.cdp(
            "Emulation.setEmulatedMedia",
            json!({ "media": "", "features": [] }),
        );
        self.cdp(
            "Emulation.setTouchEmulationEnabled",
            json!({ "enabled": false }),
        );
        self.cdp("Network.setBlockedURLs", json!({ "urls": [] }));
        self.goto("about:blank");
        self.cdp(
            "Storage.clearDataForOrigin",
            json!({ "origin": "*", "storageTypes": "all" }),
        );
        self.logged("browser");
        self.logged("performance");
    }

    /// Opens a page, and waits until it has loaded.
    #[track_caller]
    pub fn goto(&self, address: &str) {
        if let Err(error) = self.runtime.block_on(self.client().goto(address)) {
            panic!("{address}: {error}");
        }
    }

    /// What a function body returns, run on the page.
    #[track_caller]
    pub fn run(&self, script: &str) -> Value {
        let ran = self.runtime.block_on(self.client().execute(script, vec![]));
        ran.unwrap_or_else(|error| panic!("{error}\nin the script: {script}"))
    }

    /// What a function body hands to the last of its arguments.
    #[track_caller]
    pub fn run_async(&self, script: &str, arguments: Vec<Value>) -> Value {
        let ran = self
            .runtime
            .block_on(self.client().execute_async(script, arguments));
        ran.unwrap_or_else(|error| panic!("{error}\nin the script: {script}"))
    }

    /// Whether an expression is true on the page.
    #[track_caller]
    pub fn is(&self, expression: &str) -> bool {
        self.run(&format!("return Boolean({expression})")) == json!(true)
    }

    /// The text that an expression has on the page.
    #[track_caller]
    pub fn text(&self, expression: &str) -> String {
        self.run(&format!("return String({expression})"))
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    /// Waits until an expression is true on the page.
    #[track_caller]
    pub fn until(&self, expression: &str) {
        self.until_patiently(expression, PATIENCE);
    }

    /// Waits longer, or not so long.
    #[track_caller]
    pub fn until_patiently(&self, expression: &str, patience: Duration) {
        let patience = Instant::now() + patience;
        while !self.is(expression) {
            assert!(
                Instant::now() < patience,
                "this never came true: {expression}\non {}",
                self.text("location.href")
            );
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// A command of the Chrome DevTools protocol, with its answer.
    #[track_caller]
    pub fn cdp(&self, command: &str, parameters: Value) -> Value {
        self.issue(
            "goog/cdp/execute",
            json!({ "cmd": command, "params": parameters }),
        )
    }

    /// What was logged since the last time one asked: `browser` for what the
    /// console shows, `performance` for the events of the network.
    #[track_caller]
    pub fn logged(&self, kind: &str) -> Vec<Value> {
        match self.issue("se/log", json!({ "type": kind })) {
            Value::Array(entries) => entries,
            other => panic!("a log is a list: {other}"),
        }
    }

    #[track_caller]
    fn issue(&self, path: &'static str, body: Value) -> Value {
        let command = Extension { path, body };
        let said = format!("{command:?}");
        let answer = self.runtime.block_on(self.client().issue_cmd(command));
        answer.unwrap_or_else(|error| panic!("{error}\nin the command: {said}"))
    }

    /// A screen of this many CSS pixels.
    #[track_caller]
    pub fn screen(&self, width: u32, height: u32) {
        self.cdp(
            "Emulation.setDeviceMetricsOverride",
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 700 }),
        );
    }

    /// Clicks on an element, which scrolls to it, as a mouse does.
    #[track_caller]
    pub fn click(&self, selector: &str) {
        let clicked = self.runtime.block_on(async {
            let element = self.client().find(Locator::Css(selector)).await?;
            element.click().await
        });
        if let Err(error) = clicked {
            panic!("`{selector}`: {error}");
        }
    }

    /// Types into an element.
    #[track_caller]
    pub fn type_into(&self, selector: &str, text: &str) {
        let typed = self.runtime.block_on(async {
            let element = self.client().find(Locator::Css(selector)).await?;
            element.send_keys(text).await
        });
        if let Err(error) = typed {
            panic!("`{selector}`: {error}");
        }
    }

    /// Presses a key and lets it go, wherever the focus is: `ArrowRight`, `Tab`.
    #[track_caller]
    pub fn press(&self, key: &str) {
        let code = match key {
            "Tab" => 9,
            "Enter" => 13,
            "Escape" => 27,
            "ArrowLeft" => 37,
            "ArrowUp" => 38,
            "ArrowRight" => 39,
            "ArrowDown" => 40,
            _ => panic!("no code is known for the key {key}"),
        };
        for kind in ["rawKeyDown", "keyUp"] {
            self.cdp(
                "Input.dispatchKeyEvent",
                json!({ "type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code }),
            );
        }
    }

    /// The middle of an element on the screen, after scrolling there.
    #[track_caller]
    fn middle(&self, selector: &str) -> (f64, f64) {
        let middle = self.run(&format!(
            "const element = document.querySelector({});
             element.scrollIntoView({{ block: 'center', behavior: 'instant' }});
             const box = element.getClientRects()[0];
             return [box.x + box.width / 2, box.y + box.height / 2]",
            json!(selector)
        ));
        (
            middle[0].as_f64().expect("a place"),
            middle[1].as_f64().expect("a place"),
        )
    }

    /// Moves the mouse onto an element.
    #[track_caller]
    pub fn hover(&self, selector: &str) {
        let (x, y) = self.middle(selector);
        self.mouse_to(x, y);
    }

    /// Moves the mouse to a place on the screen.
    #[track_caller]
    pub fn mouse_to(&self, x: f64, y: f64) {
        self.cdp(
            "Input.dispatchMouseEvent",
            json!({ "type": "mouseMoved", "x": x, "y": y }),
        );
    }

    /// Touches an element with a finger.
    #[track_caller]
    pub fn tap(&self, selector: &str) {
        let (x, y) = self.middle(selector);
        self.cdp(
            "Input.dispatchTouchEvent",
            json!({ "type": "touchStart", "touchPoints": [{ "x": x, "y": y }] }),
        );
        self.cdp(
            "Input.dispatchTouchEvent",
            json!({ "type": "touchEnd", "touchPoints": [] }),
        );
    }

    /// Sets mdBook's theme for the pages that are loaded from now on.
    #[track_caller]
    pub fn theme(&self, name: &str) {
        self.run(&format!(
            "localStorage.setItem('mdbook-theme', {})",
            json!(name)
        ));
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if let Some(client) = self.client.take() {
            let _ = self.runtime.block_on(client.close());
        }
    }
}

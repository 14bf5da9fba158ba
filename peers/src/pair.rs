//! A server with two telephones made of SIPp: what most tests begin with.

use std::net::SocketAddr;

use crate::almon::Almon;
use crate::namespace::{Host, Site};
use crate::setup::Setup;
use crate::sipp::{Outcome, Sipp};

/// A server, and the telephones of 1001 and 1002 on hosts of their own.
pub struct Pair<'a> {
    /// The server.
    pub almon: Almon<'a>,
    /// Its address.
    pub server: SocketAddr,
    /// The host of 1001, which calls.
    pub caller: Host,
    /// The host of 1002, which is called.
    pub called: Host,
}

impl<'a> Pair<'a> {
    /// Both registered.
    ///
    /// # Panics
    ///
    /// When the server does not start or does not accept them.
    pub fn new(site: &'a Site, setup: Setup) -> Pair<'a> {
        let pair = Pair::unregistered(site, setup);
        Sipp::register(&pair.caller, pair.server, "1001");
        Sipp::register(&pair.called, pair.server, "1002");
        pair
    }

    /// Neither registered.
    ///
    /// # Panics
    ///
    /// When the server does not start.
    pub fn unregistered(site: &'a Site, setup: Setup) -> Pair<'a> {
        let almon = Almon::start(site, setup);
        ["1001", "1002"].iter().for_each(|number| almon.extension(number));
        Pair { almon, server: site.exchange().sip(5060), caller: site.host(), called: site.host() }
    }

    /// A scenario of 1001, which dials 1002.
    pub fn caller(&self, scenario: &'a str) -> Sipp<'_> {
        Sipp::new(&self.caller, scenario).towards(self.server).user("1001").dial("1002").hold(300)
    }

    /// A scenario of 1002.
    pub fn called(&self, scenario: &'a str) -> Sipp<'_> {
        Sipp::new(&self.called, scenario).towards(self.server).user("1002").hold(600)
    }

    /// Plays both sides to their ends.
    ///
    /// # Panics
    ///
    /// When one of them does not go as its scenario says.
    pub fn play(&self, caller: &'a str, called: &'a str) -> (Outcome, Outcome) {
        let answer = self.called(called).start();
        let call = self.caller(caller).run();
        (call, answer.finish())
    }

    /// A call that works: the proof that the server lives.
    ///
    /// # Panics
    ///
    /// When it does not.
    pub fn call(&self) {
        let answer = self.called("answer").start();
        self.caller("call").hold(20).run();
        answer.finish();
    }
}

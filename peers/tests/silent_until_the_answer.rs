//! A telephone behind a translator that sends nothing before the answer, which comes after the learning window.
mod talk;
mod translator;
use peers::*;
use std::time::Duration;
use translator::Translator;
#[test]
fn silent_until_the_answer_comes_late() {
    let Some(site) = Site::with(&["baresip", "nft", "sipp"]) else { return };
    let almon = Almon::with_extensions(&site, &["1001", "1002"]);
    let translator = Translator::before_telephones(&site);
    let (here, there) = (translator.host_with_a_way_out(), site.host());
    let server = site.exchange().sip(5060);
    Sipp::register(&there, server, "1002");
    Sipp::register(&here, server, "1001");
    let said = audio::speech(1, 20.0);
    let mut capture = Capture::on(&there, "cable");
    let answer = Sipp::new(&there, "answer_after_long_early_media").user("1002").says(&audio::speech(2, 20.0)).start();
    let call = Sipp::new(&here, "call_silent_in_early_media")
        .towards(server)
        .user("1001")
        .dial("1002")
        .says(&said)
        .hold(4000)
        .option("-recv_timeout", "20000")
        .start();
    call.finish();
    answer.finish();
    std::thread::sleep(Duration::from_millis(300));
    capture.stop();
    talk::arrived_last("called", &capture, &there, &said);
    almon.end();
}

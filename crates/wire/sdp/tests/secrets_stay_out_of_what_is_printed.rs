//! What is printed for people (`Debug`) holds no key and no password; what goes on the wire holds them all.

use sdp::SessionDescription;

const SECRETS: [&str; 5] = ["c2VjcmV0a2V5", "cGFzc3dvcmQxMjM0NTY3ODkwMQ", "mikeyblob", "sessionkey", "mediakey"];

fn body() -> String {
    let [sdes, ice, mikey, session, media] = SECRETS;
    format!(
        "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\nk=clear:{session}\r\na=key-mgmt:mikey {mikey}\r\na=ice-pwd:{ice}\r\n\
         m=audio 4000 RTP/SAVP 0\r\nk=base64:{media}\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{sdes}|2^20\r\n"
    )
}

#[test]
fn debug_shows_no_secret() {
    let sdp = SessionDescription::parse(body()).unwrap();
    let printed = format!("{sdp:?}{sdp:#?}");
    for secret in SECRETS {
        assert!(!printed.contains(secret), "{secret}");
    }
    assert!(printed.contains("crypto") && printed.contains("ice-pwd"), "the names are still there");
}

#[test]
fn views_of_keys_show_no_secret() {
    let sdp = SessionDescription::parse(body()).unwrap();
    let crypto = sdp.media[0].attributes.cryptos().next().unwrap();
    let key = crypto.inline_keys().next().unwrap();
    let printed = format!("{crypto:?}{key:?}");
    assert!(!printed.contains(SECRETS[0]), "{printed}");
    assert_eq!(key.key_and_salt, SECRETS[0]);
}

#[test]
fn the_wire_has_everything() {
    let sdp = SessionDescription::parse(body()).unwrap();
    assert_eq!(sdp.to_bytes(), body());
    for secret in SECRETS {
        assert!(sdp.to_string().contains(secret), "{secret}");
    }
}

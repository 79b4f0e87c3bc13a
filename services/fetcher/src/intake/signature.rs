//! Signatures: who a request is from, and that nobody changed it on the way.
//!
//! Pushes are signed as the Standard Webhooks have it (standardwebhooks.com, 1.0): HMAC-SHA256 over
//! `{webhook-id}.{webhook-timestamp}.{body}`, in base64 behind `v1,`.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use wiredesk_model::Timestamp;
use wiredesk_settings::Secret;

/// In front of secrets that are bytes in base64.
const BYTES_PREFIX: &str = "whsec_";

/// The signed parts of a push, beside its body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signed<'a> {
    /// `webhook-id`.
    pub id: &'a str,
    /// `webhook-timestamp`, seconds since 1970.
    pub timestamp: &'a str,
    /// `webhook-signature`: one or more, with spaces between.
    pub signatures: &'a str,
}

/// Why a signature does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureFault {
    /// The time is none.
    #[error("webhook-timestamp is {0:?}; send the seconds since 1970 as digits")]
    NoTime(String),
    /// The time is too far away.
    #[error(
        "webhook-timestamp is {seconds_off} seconds from the time here, and {window_seconds} are allowed; set the clock of the sender"
    )]
    OutOfWindow {
        /// How far.
        seconds_off: u64,
        /// How far is allowed.
        window_seconds: u64,
    },
    /// Made with another secret, or over other bytes.
    #[error(
        "no signature in webhook-signature fits; sign `id.timestamp.body` by HMAC-SHA256 with the secret of the source, in base64 behind `v1,`"
    )]
    Wrong,
}

impl Signed<'_> {
    /// Whether one of `secrets` signed `body`, not too long ago.
    ///
    /// # Errors
    /// What is wrong with the signature, without saying what a right one would be.
    pub fn check(
        &self,
        body: &[u8],
        secrets: &[Secret],
        (now, window): (Timestamp, Duration),
    ) -> Result<(), SignatureFault> {
        let is_digits = self.timestamp.bytes().all(|byte| byte.is_ascii_digit());
        let sent: i64 = Some(self.timestamp)
            .filter(|_| is_digits)
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| SignatureFault::NoTime(self.timestamp.to_owned()))?;
        let seconds_off = now.as_second().abs_diff(sent);
        if seconds_off > window.as_secs() {
            return Err(SignatureFault::OutOfWindow {
                seconds_off,
                window_seconds: window.as_secs(),
            });
        }
        let signed = [
            self.id.as_bytes(),
            b".",
            self.timestamp.as_bytes(),
            b".",
            body,
        ]
        .concat();
        let given: Vec<Vec<u8>> = self
            .signatures
            .split(' ')
            .filter_map(|one| STANDARD.decode(one.strip_prefix("v1,")?).ok())
            .collect();
        let fits = secrets.iter().any(|secret| {
            let key = hmac::Key::new(hmac::HMAC_SHA256, &key_bytes(secret));
            given
                .iter()
                .any(|tag| hmac::verify(&key, &signed, tag).is_ok())
        });
        fits.then_some(()).ok_or(SignatureFault::Wrong)
    }
}

/// The bytes of a secret: as it stands, or what the base64 behind `whsec_` says.
fn key_bytes(secret: &Secret) -> Vec<u8> {
    let text = secret.reveal();
    let decoded = text
        .strip_prefix(BYTES_PREFIX)
        .and_then(|encoded| STANDARD.decode(encoded).ok());
    decoded.unwrap_or_else(|| text.as_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> (Timestamp, Duration) {
        (
            Timestamp::from_second(second).unwrap(),
            Duration::from_secs(300),
        )
    }

    /// The worked example of the Standard Webhooks' own libraries.
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const TIME: &str = "1614265330";
    const BODY: &[u8] = b"{\"test\": 2432232314}";
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    fn checked(signed: Signed<'_>, body: &[u8], secret: &str) -> Result<(), SignatureFault> {
        signed.check(body, &[Secret::new(secret)], at(1_614_265_330))
    }

    #[test]
    fn the_published_example_holds_and_nothing_else_does() {
        let signed = Signed {
            id: ID,
            timestamp: TIME,
            signatures: SIGNATURE,
        };
        assert_eq!(checked(signed, BODY, SECRET), Ok(()));
        let several = format!("v1,AAAA v1a,{} {SIGNATURE}", "x");
        let several = Signed {
            signatures: &several,
            ..signed
        };
        assert_eq!(checked(several, BODY, SECRET), Ok(()));
        let wrong = [
            (signed, &b"{}"[..], SECRET),
            (signed, BODY, "whsec_AAAA9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
            (
                Signed {
                    id: "other",
                    ..signed
                },
                BODY,
                SECRET,
            ),
            (
                Signed {
                    signatures: "",
                    ..signed
                },
                BODY,
                SECRET,
            ),
        ];
        for (signed, body, secret) in wrong {
            assert_eq!(checked(signed, body, secret), Err(SignatureFault::Wrong));
        }
    }

    #[test]
    fn old_and_coming_signatures_do_not_hold() {
        for (second, seconds_off) in [(1_614_265_631, 301), (1_614_265_029, 301)] {
            let signed = Signed {
                id: ID,
                timestamp: TIME,
                signatures: SIGNATURE,
            };
            let told = signed.check(BODY, &[Secret::new(SECRET)], at(second));
            let expected = SignatureFault::OutOfWindow {
                seconds_off,
                window_seconds: 300,
            };
            assert_eq!(told, Err(expected));
        }
        let timeless = Signed {
            id: ID,
            timestamp: "-5",
            signatures: SIGNATURE,
        };
        assert!(matches!(
            checked(timeless, BODY, SECRET),
            Err(SignatureFault::NoTime(_))
        ));
    }

    #[test]
    fn any_of_several_secrets_will_do_while_they_are_changed() {
        let secrets = [Secret::new("the old one, long enough"), Secret::new(SECRET)];
        let signed = Signed {
            id: ID,
            timestamp: TIME,
            signatures: SIGNATURE,
        };
        assert_eq!(signed.check(BODY, &secrets, at(1_614_265_331)), Ok(()));
    }
}

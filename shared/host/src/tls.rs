//! Which cryptography TLS uses in this process.

use std::sync::Once;

/// Chooses *ring* for every TLS connection that is opened after it; again and again has no effect.
pub fn choose_tls() {
    static CHOSEN: Once = Once::new();
    // Fails only where somebody else has chosen already, which serves as well.
    CHOSEN.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
}

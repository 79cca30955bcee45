//! Connections to other machines must be encrypted, unless the operator permits unencrypted ones explicitly.

use std::net::IpAddr;

use url::Url;

use crate::config::parse_switch;
use crate::storage::DatabaseUrl;
use crate::{Error, Result};

/// Whether wires in the clear may leave the machine.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub struct WireArgs {
    /// Allows connections without TLS to services and PostgreSQL on other machines. Use it only on a network that nobody
    /// else can reach. Without it the program does not start if an address needs it.
    #[arg(long, env = "ALLOW_PLAIN_WIRES", global = true, value_parser = parse_switch)]
    pub allow_plain_wires: bool,
}

impl WireArgs {
    /// Demands that addresses of other machines are encrypted: services by https, PostgreSQL by `sslmode=verify-full`.
    ///
    /// # Errors
    /// Names in one sentence the first setting that is not, and what to do.
    pub fn check(self, services: &[(&str, &str)], database: &DatabaseUrl) -> Result<()> {
        let plain_services = services.iter().filter(|(_, address)| is_plain_service(address)).map(|(name, _)| *name);
        let plain_database = is_plain_database(database).then_some("DATABASE_URL");
        for name in plain_services.chain(plain_database) {
            if !self.allow_plain_wires {
                let (how_vi, how) = match name {
                    "DATABASE_URL" => ("thêm sslmode=verify-full vào địa chỉ", "add sslmode=verify-full to it"),
                    _ => ("dùng https://", "use https://"),
                };
                return Err(Error::trouble(
                    format!(
                        "{name} trỏ tới máy khác mà không mã hóa kết nối: {how_vi}, hoặc đặt ALLOW_PLAIN_WIRES=true nếu \
                         không ai khác truy cập được mạng đó"
                    ),
                    format!(
                        "{name} names another machine without encryption: {how}, or set ALLOW_PLAIN_WIRES=true if \
                         nobody else can reach that network"
                    ),
                ));
            }
            log::warn!("{name} names another machine without encryption, as ALLOW_PLAIN_WIRES allows");
        }
        Ok(())
    }
}

fn is_this_machine(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let is_socket = host.is_empty() || host.starts_with('/') || host.to_ascii_lowercase().starts_with("%2f");
    is_socket || host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn is_plain_service(address: &str) -> bool {
    let Ok(url) = Url::parse(address) else { return true };
    url.scheme() != "https" && !url.host_str().is_some_and(is_this_machine)
}

fn is_plain_database(database: &DatabaseUrl) -> bool {
    let DatabaseUrl::Server(address) = database else { return false };
    // A list of hosts is no URL to the parser, and is trusted with nothing.
    let Ok(url) = Url::parse(address) else { return true };
    let named = |wanted: &str| -> Vec<String> {
        let found = url.query_pairs().filter(|(name, _)| name == wanted);
        found.map(|(_, value)| value.into_owned()).collect()
    };
    let mut hosts = [named("host"), named("hostaddr")].concat();
    hosts.push(url.host_str().unwrap_or_default().to_owned());
    let is_here = hosts.iter().all(|host| is_this_machine(host));
    // The last word counts, as it does for the library.
    !is_here && named("sslmode").last().is_none_or(|mode| mode != "verify-full")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wire_in_the_clear_stays_on_the_machine() {
        for (address, is_plain) in [
            ("http://127.0.0.1:8081", false),
            ("http://[::1]:8081", false),
            ("http://localhost:8081", false),
            ("https://identity.example.vn", false),
            ("http://identity:8080", true),
            ("http://10.0.0.7", true),
            ("http://localhost.example.vn", true),
            ("http://127.0.0.1@example.vn", true),
            ("identity", true),
        ] {
            assert_eq!(is_plain_service(address), is_plain, "{address}");
        }
        for (address, is_plain) in [
            ("postgres://u@127.0.0.1/x", false),
            ("postgres://u@localhost:5433/x?sslmode=disable", false),
            ("postgres:///x", false),
            ("postgres://%2Frun%2Fpostgresql/x", false),
            ("postgres://u@db.example.vn/x?sslmode=verify-full&sslrootcert=/ca.pem", false),
            ("postgres://u@db.example.vn/x", true),
            ("postgres://u@db.example.vn/x?sslmode=require", true),
            ("postgres://u@db.example.vn/x?sslmode=verify-full&sslmode=disable", true),
            ("postgres://u@127.0.0.1/x?host=db.example.vn", true),
            ("postgres://u@127.0.0.1/x?hostaddr=10.0.0.7", true),
            ("postgres://u@127.0.0.1,db.example.vn/x", true),
        ] {
            assert_eq!(is_plain_database(&address.parse().expect("a database")), is_plain, "{address}");
        }
    }

    #[test]
    fn the_sentence_names_the_setting_and_the_way_out() {
        let (folder, none): (DatabaseUrl, _) = ("./data".parse().expect("a folder"), WireArgs::default());
        let services = [("IDENTITY_URL", "http://127.0.0.1:1"), ("REGISTRY_URL", "http://registry:8080")];
        let said = format!("{:?}", none.check(&services, &folder).expect_err("it is plain"));
        assert!(said.contains("REGISTRY_URL names another machine") && said.contains("https://"), "{said}");
        assert!(WireArgs { allow_plain_wires: true }.check(&services, &folder).is_ok());
        let server = "postgres://u:secret@db/x".parse().expect("a server");
        let said = format!("{:?}", none.check(&[], &server).expect_err("it is plain"));
        assert!(said.contains("sslmode=verify-full") && !said.contains("secret"), "{said}");
    }
}

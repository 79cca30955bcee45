//! The demonstration's clients: one for each role, and some that show how reach works.

use std::path::Path;

use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use shared::access::{Grant, Role};
use shared::territory::AreaId;
use shared::{Result, ResultExt};

use crate::System;

/// The file of the credentials, in the data folder.
pub const FILE: &str = "demo.json";

/// A client of the demonstration, with its secret.
#[derive(Clone, Serialize, Deserialize)]
pub struct DemoClient {
    /// Its id.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// Its role.
    pub role: Role,
    /// The area of its grant.
    pub area: AreaId,
    /// What it is.
    pub label: String,
}

/// The file `demo.json` in the data folder.
#[derive(Clone, Serialize, Deserialize)]
pub struct DemoFile {
    /// Where the system answers.
    pub base_url: String,
    /// The clients.
    pub clients: Vec<DemoClient>,
}

impl DemoFile {
    /// Reads the file of a data folder, if there is one.
    ///
    /// # Errors
    /// Fails when it cannot be read.
    pub fn read(data_dir: &Path) -> Result<Option<Self>> {
        let path = data_dir.join(FILE);
        match std::fs::read(&path) {
            Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes).doing("reading demo.json")?)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).doing(&format!("reading {}", path.display())),
        }
    }

    /// Writes the file, readable by its owner only.
    ///
    /// # Errors
    /// Fails when the folder cannot be written.
    pub fn write(&self, data_dir: &Path) -> Result<()> {
        shared::storage::write_private(&data_dir.join(FILE), &serde_json::to_vec_pretty(self)?)
    }

    /// The first client of a role.
    #[must_use]
    pub fn client(&self, role: Role) -> Option<&DemoClient> {
        self.clients.iter().find(|client| client.role == role)
    }
}

/// Makes the clients, with random secrets.
///
/// # Errors
/// Fails when the database does.
pub async fn create_clients(system: &System) -> Result<DemoFile> {
    const PROVINCE: &str = "33@2025-07-01";
    let wanted = [
        (Role::Viewer, PROVINCE, "Người xem, toàn tỉnh"),
        (Role::Officer, PROVINCE, "Cán bộ ghi nhận, toàn tỉnh"),
        (Role::Leader, PROVINCE, "Lãnh đạo, toàn tỉnh"),
        (Role::Inspector, PROVINCE, "Kiểm tra, toàn tỉnh"),
        (Role::Administrator, PROVINCE, "Quản trị, toàn tỉnh"),
        (Role::Portal, PROVINCE, "Cổng thông tin tỉnh"),
        (Role::Officer, "12004@2025-07-01", "Cán bộ xã Như Quỳnh"),
        (Role::Officer, "11953@2025-07-01", "Cán bộ phường Phố Hiến"),
        (Role::Officer, "325@origin", "Cán bộ huyện Văn Lâm năm 2022 (chỉ được xem)"),
    ];
    let mut clients = Vec::with_capacity(wanted.len());
    for (role, area, label) in wanted {
        let area = AreaId::stored(area);
        let grant = Grant { role, area: area.clone() };
        let (id, secret) =
            identity::provision::create_client_with_grant(&system.identity, label.to_owned(), grant).await?;
        let client_secret = secret.expose_secret().to_owned();
        clients.push(DemoClient { client_id: id.to_string(), client_secret, role, area, label: label.to_owned() });
    }
    Ok(DemoFile { base_url: system.base_url.clone(), clients })
}

//! The clients and users of the demonstration: one for each role, and some that show how scopes work.

use std::path::Path;

use identity::provision::UserOnMachine;
use identity::users::NewUser;
use rand::RngExt;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use shared::access::{Grant, Role};
use shared::territory::AreaId;
use shared::{Result, ResultExt};

use crate::system::System;

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

/// A user of the demonstration, with what is needed to sign in.
#[derive(Clone, Serialize, Deserialize)]
pub struct DemoUser {
    /// The login.
    pub login: String,
    /// The password.
    pub password: String,
    /// The secret of the second factor, as an authenticator app takes it; absent where the role needs none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub totp_secret: Option<String>,
    /// The user's id.
    pub user_id: String,
    /// The role.
    pub role: Role,
    /// The area of the role.
    pub area: AreaId,
    /// The name, which is invented.
    pub name: String,
}

/// The app of the demonstration.
#[derive(Clone, Serialize, Deserialize)]
pub struct DemoApp {
    /// Its id.
    pub client_id: String,
    /// Where it is sent back; on the loopback the port may be any.
    pub redirect_uri: String,
}

/// The file `demo.json` in the data folder.
#[derive(Clone, Serialize, Deserialize)]
pub struct DemoFile {
    /// Where the system answers.
    pub base_url: String,
    /// The clients.
    pub clients: Vec<DemoClient>,
    /// The people who can sign in.
    #[serde(default)]
    pub users: Vec<DemoUser>,
    /// The app that they can sign in to.
    #[serde(default)]
    pub app: Option<DemoApp>,
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

    /// The user with a login.
    #[must_use]
    pub fn user(&self, login: &str) -> Option<&DemoUser> {
        self.users.iter().find(|user| user.login == login)
    }

    /// The first client of a role.
    #[must_use]
    pub fn client(&self, role: Role) -> Option<&DemoClient> {
        self.clients.iter().find(|client| client.role == role)
    }
}

/// The province of today.
const PROVINCE: &str = "33@2025-07-01";

/// Makes the clients, the users and the app, with random secrets.
///
/// # Errors
/// Fails when the database does.
pub async fn create_clients(system: &System) -> Result<DemoFile> {
    let wanted = [
        (Role::Viewer, PROVINCE, "Người xem, toàn tỉnh"),
        (Role::Officer, PROVINCE, "Cán bộ cập nhật, toàn tỉnh"),
        (Role::Leader, PROVINCE, "Lãnh đạo, toàn tỉnh"),
        (Role::Inspector, PROVINCE, "Cán bộ kiểm tra, toàn tỉnh"),
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
    let (users, app) = (create_users(system).await?, create_app(system).await?);
    Ok(DemoFile { base_url: system.base_url.clone(), clients, users, app: Some(app) })
}

/// Makes a user for each role, with a random password and a second factor.
async fn create_users(system: &System) -> Result<Vec<DemoUser>> {
    let wanted = [
        (Role::Viewer, PROVINCE, "nguoi.xem", "Người Xem Giả Định"),
        (Role::Officer, PROVINCE, "can.bo", "Cán Bộ Giả Định"),
        (Role::Officer, "12004@2025-07-01", "can.bo.nhu.quynh", "Cán Bộ Như Quỳnh Giả Định"),
        (Role::Leader, PROVINCE, "lanh.dao", "Lãnh Đạo Giả Định"),
        (Role::Inspector, PROVINCE, "kiem.tra", "Kiểm Tra Giả Định"),
        (Role::Administrator, PROVINCE, "quan.tri", "Quản Trị Giả Định"),
        // What takes two administrators can be tried.
        (Role::Administrator, PROVINCE, "quan.tri.hai", "Quản Trị Thứ Hai Giả Định"),
    ];
    // A system that is restored has them already, and their passwords are not known: each gets another login.
    let suffix = if identity::provision::has_user(&system.identity, "nguoi.xem").await? {
        random_text(4)
    } else {
        String::new()
    };
    let mut users = Vec::with_capacity(wanted.len());
    for (role, area, login, name) in wanted {
        let (area, login, password) = (AreaId::stored(area), format!("{login}{suffix}"), random_text(20));
        let user = NewUser { login: login.clone(), name: name.to_owned(), area: area.clone() };
        let new = UserOnMachine { user, grant: Grant { role, area: area.clone() } };
        let (id, totp_secret) = identity::provision::create_demo_user(&system.identity, new, &password).await?;
        let user_id = id.to_string();
        users.push(DemoUser { login, password, totp_secret, user_id, role, area, name: name.to_owned() });
    }
    Ok(users)
}

async fn create_app(system: &System) -> Result<DemoApp> {
    let redirect_uri = "http://127.0.0.1/signed-in".to_owned();
    let (label, area) = ("Sổ tay dùng thử", AreaId::stored(PROVINCE));
    let id = identity::provision::create_app(&system.identity, label, area, vec![redirect_uri.clone()]).await?;
    Ok(DemoApp { client_id: id.to_string(), redirect_uri })
}

/// Random small letters and digits that nobody confuses.
fn random_text(length: usize) -> String {
    const LETTERS: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";
    let mut random = rand::rng();
    (0..length).filter_map(|_| LETTERS.get(random.random_range(0..LETTERS.len()))).map(|one| char::from(*one)).collect()
}

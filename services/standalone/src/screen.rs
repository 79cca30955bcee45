//! The texts on the screen while the program starts and stops, in Vietnamese or English.

use std::path::Path;

use chrono::NaiveDate;
use shared::Id;
use shared::access::Role;
use shared::messages::Language;
use steering::bodies::Tally;
use steering::tasks::TaskTally;

use crate::demo::{DemoFile, FILE};

/// What is said, in one language.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Screen(pub Language);

impl Screen {
    pub fn loading(self) -> &'static str {
        self.0.choose(
            "Đang nạp dữ liệu minh họa (mọi đơn vị, tổ chức và con người đều là giả định)…",
            "Loading the demonstration (all units, organisations and persons are invented)…",
        )
    }

    pub fn stopping(self) -> &'static str {
        self.0.choose("Đang dừng…", "Stopping…")
    }

    /// The data are another's: the demonstration is not added to them.
    pub fn not_the_demonstration(self, folder: &Path) -> String {
        let folder = folder.display();
        match self.0 {
            Language::Vietnamese => format!(
                "Dữ liệu trong {folder} không phải dữ liệu minh họa, nên dữ liệu minh họa không được nạp thêm vào: thêm --no-demo để \
                 dùng tiếp dữ liệu đó, hoặc chọn một thư mục trống bằng --data-dir."
            ),
            Language::English => format!(
                "The data in {folder} are not the demonstration, and the demonstration is not added to them: start with \
                 --no-demo to go on with them, or choose an empty folder with --data-dir."
            ),
        }
    }

    /// The demonstration is served without the option for it.
    pub fn is_the_demonstration(self) -> &'static str {
        self.0.choose(
            "Lưu ý: thư mục này chứa dữ liệu minh họa (giả định); các tài khoản trong demo.json vẫn dùng được. Muốn nhập dữ liệu thật, \
             hãy chọn một thư mục trống bằng --data-dir.",
            "Note: these are the invented data of the demonstration, and the accounts of demo.json still work. For real data \
             choose an empty folder with --data-dir.",
        )
    }

    /// The first administrator of a system without the demonstration.
    pub fn first_administrator(self, id: Id, secret: &str) -> String {
        let said = self.0.choose(
            "Tài khoản quản trị đầu tiên (khóa bí mật chỉ hiển thị một lần, cần lưu giữ):",
            "The first administrator (the secret is shown once: keep it):",
        );
        format!("{said}\n  client_id:     {id}\n  client_secret: {secret}")
    }

    /// Where a system without the demonstration runs.
    pub fn running(self, url: &str, folder: &Path) -> String {
        let folder = folder.display();
        match self.0 {
            Language::Vietnamese => format!(
                "Hệ thống đang chạy tại {url} (dữ liệu: {folder})\nTài liệu API: {url}/docs/\nBước tiếp theo: mục \"To the first \
                 figure\" trong OPERATIONS.md\nDừng: Ctrl-C"
            ),
            Language::English => format!(
                "The system runs at {url} (data: {folder})\nAPI documents: {url}/docs/\nNext: \"To the first figure\" in \
                 OPERATIONS.md\nStop: Ctrl-C"
            ),
        }
    }

    /// Nobody in the demonstration has that login, or the person needs no code.
    pub fn no_code(self, folder: &Path) -> String {
        let file = folder.join(FILE);
        let file = file.display();
        match self.0 {
            Language::Vietnamese => format!(
                "Không có mã: không có tệp {file}, trong đó không có tên đăng nhập này, hoặc người đó đăng nhập chỉ bằng mật khẩu. \
                 Thư mục dữ liệu khác thì nêu bằng --data-dir."
            ),
            Language::English => {
                format!(
                    "There is no code: there is no {file}, it has no such login, or the person signs in with the password alone. Name \
                     another data folder with --data-dir."
                )
            }
        }
    }

    /// How many steering committees there were at the end of the period whose figures stand above it.
    pub fn committees(self, on: NaiveDate, tally: Tally) -> String {
        let Tally { committees, complete, teams } = tally;
        let on = on.format(self.0.choose("%-d/%-m/%Y", "%-d %B %Y"));
        match self.0 {
            Language::Vietnamese => format!(
                "Tại ngày {on}: {committees} ban chỉ đạo, trong đó {complete} đủ người giữ các vị trí; {teams} tổ giúp việc."
            ),
            Language::English => format!(
                "On {on}: {committees} steering committees, {complete} of them with every seat held; {teams} support teams."
            ),
        }
    }

    /// How far the tasks were on a day.
    pub fn tasks(self, on: NaiveDate, tally: TaskTally) -> String {
        let TaskTally { given, done, reported, overdue } = tally;
        let on = on.format(self.0.choose("%-d/%-m/%Y", "%-d %B %Y"));
        match self.0 {
            Language::Vietnamese => format!(
                "Tại ngày {on}: {given} nhiệm vụ đã giao, {done} đã hoàn thành, {reported} chờ chấp nhận báo cáo, {overdue} quá hạn."
            ),
            Language::English => {
                format!(
                    "On {on}: {given} tasks given, {done} done, {reported} waiting for the giver, {overdue} overdue."
                )
            }
        }
    }

    /// What to open after the demonstration's figures.
    pub fn next_steps(self, folder: &Path, demo: &DemoFile) -> String {
        let (file, url) = (folder.join(FILE), &demo.base_url);
        let mut lines = vec![
            self.0
                .choose(
                    "Dữ liệu minh họa: mọi đơn vị, tổ chức, con người và số quyết định đều là giả định.",
                    "Demonstration data: all units, organisations, persons and decision numbers are invented.",
                )
                .to_owned(),
            format!("{} {url}/docs/", self.0.choose("Mở trang này:  ", "Open this page:")),
        ];
        if let Some(user) = demo.users.iter().find(|user| user.totp_secret.is_none()) {
            let said = self.0.choose(
                "  Chọn Authorize, đăng nhập rồi gọi thử một thao tác bằng Try it out. Tài khoản (chỉ được xem):",
                "  Choose Authorize, sign in, then try an operation (Try it out). An account that may only read:",
            );
            let (login, password) = (self.0.choose("tên đăng nhập", "login"), self.0.choose("mật khẩu", "password"));
            lines.push(format!("{said}\n    {login} {}   {password} {}", user.login, user.password));
        }
        lines.push(format!(
            "{} {}",
            self.0.choose("Tài khoản của mọi vai trò:", "Accounts of every role:  "),
            file.display()
        ));
        let in_folder = match folder == Path::new("./data") {
            true => String::new(),
            false => format!("--data-dir {} ", folder.display()),
        };
        let (code, login) = (
            self.0.choose("Mã xác thực bước hai của một người:", "The code of somebody's second factor:"),
            self.0.choose("TÊN-ĐĂNG-NHẬP", "LOGIN"),
        );
        lines.push(format!("  {code} cargo run --release -- {in_folder}demo-code {login}"));
        if let Some(client) = demo.client(Role::Viewer) {
            lines.push(self.0.choose("Hoặc sao chép lệnh sau:", "Or copy this command:").to_owned());
            let language = self.0.choose("vi", "en");
            lines.push(format!(
                "  TOKEN=$(curl -s -u {}:{} -d grant_type=client_credentials \\\n    {url}/v1/oauth/token | \
                 sed 's/.*\"access_token\":\"\\([^\"]*\\)\".*/\\1/')\n  curl -s -H \"Authorization: Bearer $TOKEN\" \\\n    -H \
                 'Accept-Language: {language}' '{url}/v1/figures.txt?period=2022-H1&area=33@origin&by=district'",
                client.client_id, client.client_secret
            ));
        }
        lines.push(self.0.choose("Dừng: Ctrl-C", "Stop: Ctrl-C").to_owned());
        lines.join("\n")
    }
}

-- Who holds the secret of a program: who made it, or gave it its last secret. Null: it was made on the machine, and stands for itself.
ALTER TABLE clients ADD COLUMN responsible TEXT CHECK (length(responsible) <= 100);

-- Who made a link: it is valid while that administrator may look after the user.
ALTER TABLE invitations ADD COLUMN made_by TEXT CHECK (length(made_by) <= 100);

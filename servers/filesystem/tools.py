"""What a signed-in member can do with files, in one list. Every tool: find, check, change, return."""

from __future__ import annotations

from servers.filesystem import archives, arranging, editing, navigating, reading, searching, trash

get_current_directory = navigating.get_current_directory
change_directory = navigating.change_directory
return_to_previous_directory = navigating.return_to_previous_directory
list_directory = navigating.list_directory
get_path_details = navigating.get_path_details
measure_directory_size = navigating.measure_directory_size
list_storage_volumes = navigating.list_storage_volumes

find_paths_by_name = searching.find_paths_by_name
search_file_contents = searching.search_file_contents
find_paths_by_property = searching.find_paths_by_property

read_file_text = reading.read_file_text
read_last_lines = reading.read_last_lines
count_file_lines = reading.count_file_lines
compute_file_checksum = reading.compute_file_checksum
compare_files = reading.compare_files

create_text_file = editing.create_text_file
append_file_text = editing.append_file_text
insert_file_lines = editing.insert_file_lines
replace_file_text = editing.replace_file_text
sort_file_lines = editing.sort_file_lines

create_directory = arranging.create_directory
create_symbolic_link = arranging.create_symbolic_link
copy_path = arranging.copy_path
move_path = arranging.move_path
rename_path = arranging.rename_path
delete_path_permanently = arranging.delete_path_permanently
set_path_permissions = arranging.set_path_permissions
tag_path = arranging.tag_path
lock_file = arranging.lock_file
unlock_file = arranging.unlock_file

trash_path = trash.trash_path
list_trashed_paths = trash.list_trashed_paths
restore_trashed_path = trash.restore_trashed_path
purge_trash = trash.purge_trash

pack_archive = archives.pack_archive
list_archive_contents = archives.list_archive_contents
unpack_archive = archives.unpack_archive

save_file_version = editing.save_file_version
list_file_versions = editing.list_file_versions
restore_file_version = editing.restore_file_version

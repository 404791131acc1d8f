/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* wine_installer PACKAGE ACTION-DLL VALUE: makes a Windows Installer package whose custom actions are
 * in a DLL, and installs it. Prints what the actions found out, which run in another process. */
#include <stdio.h>
#include <windows.h>
#include <msi.h>
#include <msiquery.h>

#define RESULT_KEY "Software\\rpcrt4-tests"
#define PID_TEMPLATE 7
#define PID_REVNUMBER 9
#define PID_PAGECOUNT 14
#define PID_WORDCOUNT 15

static const char *const statements[] = {
    "CREATE TABLE `Property` (`Property` CHAR(72) NOT NULL, `Value` CHAR(255) PRIMARY KEY `Property`)",
    "INSERT INTO `Property` (`Property`, `Value`) VALUES ('ProductCode', "
    "'{7B2F9B0E-6A4A-4D53-9E3F-0B6C2B6B6E01}')",
    "INSERT INTO `Property` (`Property`, `Value`) VALUES ('ProductName', 'rpcrt4 tests')",
    "INSERT INTO `Property` (`Property`, `Value`) VALUES ('ProductVersion', '1.0.0')",
    "INSERT INTO `Property` (`Property`, `Value`) VALUES ('ProductLanguage', '1033')",
    "INSERT INTO `Property` (`Property`, `Value`) VALUES ('Manufacturer', 'rpcrt4')",
    "CREATE TABLE `Directory` (`Directory` CHAR(72) NOT NULL, `Directory_Parent` CHAR(72), "
    "`DefaultDir` CHAR(255) NOT NULL PRIMARY KEY `Directory`)",
    "INSERT INTO `Directory` (`Directory`, `DefaultDir`) VALUES ('TARGETDIR', 'SourceDir')",
    "CREATE TABLE `CustomAction` (`Action` CHAR(72) NOT NULL, `Type` SHORT NOT NULL, "
    "`Source` CHAR(72), `Target` CHAR(255) PRIMARY KEY `Action`)",
    "INSERT INTO `CustomAction` (`Action`, `Type`, `Source`, `Target`) VALUES "
    "('First', 1, 'action', 'first_action')",
    "INSERT INTO `CustomAction` (`Action`, `Type`, `Source`, `Target`) VALUES "
    "('Second', 1, 'action', 'second_action')",
    "CREATE TABLE `InstallExecuteSequence` (`Action` CHAR(72) NOT NULL, `Condition` CHAR(255), "
    "`Sequence` SHORT PRIMARY KEY `Action`)",
    "INSERT INTO `InstallExecuteSequence` (`Action`, `Sequence`) VALUES ('CostInitialize', 800)",
    "INSERT INTO `InstallExecuteSequence` (`Action`, `Sequence`) VALUES ('CostFinalize', 1000)",
    "INSERT INTO `InstallExecuteSequence` (`Action`, `Sequence`) VALUES ('First', 1100)",
    "INSERT INTO `InstallExecuteSequence` (`Action`, `Sequence`) VALUES ('Second', 1200)",
    "CREATE TABLE `Words` (`Number` SHORT NOT NULL, `Text` CHAR(32) PRIMARY KEY `Number`)",
    "INSERT INTO `Words` (`Number`, `Text`) VALUES (1, 'one')",
    "INSERT INTO `Words` (`Number`, `Text`) VALUES (2, 'two')",
    "INSERT INTO `Words` (`Number`, `Text`) VALUES (3, 'three')",
    "CREATE TABLE `Binary` (`Name` CHAR(72) NOT NULL, `Data` OBJECT NOT NULL PRIMARY KEY `Name`)",
};

static void check(UINT error, const char *what)
{
    if (!error)
        return;
    printf("%s: %u\n", what, error);
    exit(1);
}

static void execute(MSIHANDLE database, const char *sql, MSIHANDLE record)
{
    MSIHANDLE view;

    check(MsiDatabaseOpenViewA(database, sql, &view), sql);
    check(MsiViewExecute(view, record), sql);
    MsiCloseHandle(view);
}

static void describe(MSIHANDLE database)
{
    MSIHANDLE summary;

    check(MsiGetSummaryInformationA(database, NULL, 8, &summary), "MsiGetSummaryInformation");
    MsiSummaryInfoSetPropertyA(summary, PID_TEMPLATE, VT_LPSTR, 0, NULL, ";1033");
    MsiSummaryInfoSetPropertyA(summary, PID_REVNUMBER, VT_LPSTR, 0, NULL,
                               "{7B2F9B0E-6A4A-4D53-9E3F-0B6C2B6B6E02}");
    MsiSummaryInfoSetPropertyA(summary, PID_PAGECOUNT, VT_I4, 100, NULL, NULL);
    MsiSummaryInfoSetPropertyA(summary, PID_WORDCOUNT, VT_I4, 0, NULL, NULL);
    check(MsiSummaryInfoPersist(summary), "MsiSummaryInfoPersist");
    MsiCloseHandle(summary);
}

static void make_package(const char *package, const char *action)
{
    MSIHANDLE database, record = MsiCreateRecord(1);

    check(MsiOpenDatabaseA(package, MSIDBOPEN_CREATE, &database), "MsiOpenDatabase");
    for (size_t i = 0; i < ARRAYSIZE(statements); i++)
        execute(database, statements[i], 0);
    check(MsiRecordSetStreamA(record, 1, action), action);
    execute(database, "INSERT INTO `Binary` (`Name`, `Data`) VALUES ('action', ?)", record);
    describe(database);
    check(MsiDatabaseCommit(database), "MsiDatabaseCommit");
    MsiCloseHandle(record);
    MsiCloseHandle(database);
}

int main(int argc, char **argv)
{
    char command[64], result[256] = "nothing";
    DWORD size = sizeof(result);

    if (argc != 4)
        return 2;
    make_package(argv[1], argv[2]);
    MsiSetInternalUI(INSTALLUILEVEL_NONE, NULL);
    RegDeleteKeyA(HKEY_CURRENT_USER, RESULT_KEY);
    snprintf(command, sizeof(command), "GIVEN=%s", argv[3]);
    check(MsiInstallProductA(argv[1], command), "MsiInstallProduct");
    RegGetValueA(HKEY_CURRENT_USER, RESULT_KEY, "action", RRF_RT_REG_SZ, NULL, result, &size);
    RegDeleteKeyA(HKEY_CURRENT_USER, RESULT_KEY);
    puts(result);
    return 0;
}
